// A doubly linked list whose links live inside its elements: no allocation, O(1) removal by element.
//
// Threads: none of its own. Lifetime: the list owns nothing; an element leaves it before it dies.
#pragma once

#include "ringback/base/check.h"

namespace ringback {

// What an element of an IntrusiveList<T, Tag> derives from. An element in several lists at once
// derives from one ListLink for each, told apart by Tag.
template <typename Tag = void>
class ListLink {
 public:
  ListLink() noexcept = default;
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

  ListLink* previous_ = nullptr;
  ListLink* next_ = nullptr;
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
  void push_front(T& item) noexcept { insert(&head_, item); }

  // Takes the first element out; null where there is none.
  T* pop_front() noexcept {
    T* item = front();
    if (item != nullptr) static_cast<Link&>(*item).unlink();
    return item;
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

  static T* element(Link* link) noexcept { return static_cast<T*>(link); }

  void insert(Link* after, T& item) noexcept {
    Link& link = item;
    RINGBACK_CHECK(!link.is_linked(), "an element was put into a second list, or twice into one");
    link.previous_ = after;
    link.next_ = after->next_;
    after->next_->previous_ = &link;
    after->next_ = &link;
  }

  Link head_;
};

}  // namespace ringback
