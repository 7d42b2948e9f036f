// A doubly linked list whose links live inside its elements: no allocation, O(1) removal by element.
//
// Threads: none of its own. Lifetime: the list owns nothing; an element leaves it before it dies.
#pragma once

#include "ringback/base/check.h"

namespace ringback::runtime {

// What an element of an IntrusiveList<T, Tag> derives from. An element in several lists at once
// derives from one ListLink for each, told apart by Tag.
template <typename Tag = void>
class ListLink {
 public:
  ListLink() noexcept : previous_(nullptr), next_(nullptr) {}
  // In a list as soon as it lives, and asked nothing before: only for IntrusiveList::push_back_new().
  struct Unset {};
  explicit ListLink(Unset) noexcept {}  // NOLINT(cppcoreguidelines-pro-type-member-init)
  ListLink(const ListLink&) = delete;
  ListLink& operator=(const ListLink&) = delete;

  bool is_linked() const noexcept { return next_ != nullptr; }

  // Leaves the list it is in.
  void unlink() noexcept {
    RINGBACK_CHECK(is_linked(), "an element that is in no list was removed from one");
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 private:
  template <typename, typename>
  friend class IntrusiveList;

  ListLink* previous_;
  ListLink* next_;
};

template <typename T, typename Tag = void>
class IntrusiveList {
 public:
  IntrusiveList() noexcept { head_.previous_ = head_.next_ = &head_; }
  ~IntrusiveList() { head_.previous_ = head_.next_ = nullptr; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  bool empty() const noexcept { return head_.next_ == &head_; }

  // Null where the list is empty.
  T* front() noexcept { return empty() ? nullptr : element(head_.next_); }
  // Null after the last element.
  T* next(T& item) noexcept {
    Link* link = static_cast<Link&>(item).next_;
    return link == &head_ ? nullptr : element(link);
  }

  void push_back(T& item) noexcept { insert(head_.previous_, item); }
  // The same for one that has not been in a list.
  void push_back_new(T& item) noexcept { link_in(head_.previous_, item); }
  void push_front(T& item) noexcept { insert(&head_, item); }

  // Takes the first element out; null where there is none.
  T* pop_front() noexcept {
    if (empty()) return nullptr;
    Link* const link = head_.next_;
    drop_front();
    link->previous_ = link->next_ = nullptr;
    return element(link);
  }
  // The same where there is one, which will not be asked is_linked() any more.
  void drop_front() noexcept {
    Link* const after = head_.next_->next_;
    head_.next_ = after;
    after->previous_ = &head_;
  }

  // Moves everything of `other` behind what is here.
  void splice_back(IntrusiveList& other) noexcept {
    if (other.empty()) return;
    Link* first = other.head_.next_;
    Link* last = other.head_.previous_;
    other.head_.previous_ = other.head_.next_ = &other.head_;
    head_.previous_->next_ = first;
    first->previous_ = head_.previous_;
    last->next_ = &head_;
    head_.previous_ = last;
  }

 private:
  using Link = ListLink<Tag>;

  static T* element(Link* link) noexcept { return &static_cast<T&>(*link); }  // Never null: no test.

  void insert(Link* after, T& item) noexcept {
    Link& link = item;
    RINGBACK_CHECK(!link.is_linked(), "an element was put into a second list, or twice into one");
    link_in(after, link);
  }
  static void link_in(Link* after, Link& link) noexcept {
    link.previous_ = after;
    link.next_ = after->next_;
    after->next_->previous_ = &link;
    after->next_ = &link;
  }

  Link head_;
};

}  // namespace ringback::runtime
