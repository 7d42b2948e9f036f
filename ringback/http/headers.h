// The header fields of a message, in the order they came or were added.
//
//   headers.set("Content-Type", "text/html");
//   if (auto type = headers.get("content-type")) ...      // names are compared without regard to case
//   for (const http::Headers::Field field : headers) ...
//
// Threads: as a std::string. Lifetime: views are good until the next change.
// Errors: invalid where a name is no token, or where a value holds a line break or another control
// character: a value cannot smuggle in another header.
// Cost: one block of memory for all names and values; clear() keeps it. get() looks through all fields.
// Source: RFC 9110, section 5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ringback::http {

class Response;

namespace internal {
class HeadParser;
}

class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;  // without the white space around it
  };
  class Iterator;

  Headers() noexcept = default;
  Headers(const Headers& other);
  Headers(Headers&& other) noexcept { swap(other); }
  Headers& operator=(const Headers& other);
  Headers& operator=(Headers&& other) noexcept {
    Headers taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~Headers() {
    if (memory_ != nullptr) free_memory();
  }

  // The first of that name.
  std::optional<std::string_view> get(std::string_view name) const noexcept;
  bool contains(std::string_view name) const noexcept { return get(name).has_value(); }
  // True where one of them is a comma-separated list with `token` in it, case aside: "close" in Connection.
  bool has_token(std::string_view name, std::string_view token) const noexcept;

  // Behind the others; several may have one name.
  void add(std::string_view name, std::string_view value);
  // In the place of all of that name.
  void set(std::string_view name, std::string_view value);
  // Gives how many there were.
  std::size_t remove(std::string_view name) noexcept;
  void clear() noexcept { text_bytes_ = count_ = 0; }

  // Of its block, which clear() keeps.
  std::size_t memory_bytes() const noexcept { return capacity_; }

  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  Field operator[](std::size_t index) const noexcept;
  Iterator begin() const noexcept;
  Iterator end() const noexcept;

  // As they are sent: "Name: value\r\n" for each.
  void append_to(std::string& text) const;

 private:
  friend class internal::HeadParser;
  friend class Response;  // whose own content types need no look

  // Where a field's texts lie.
  struct Entry {
    std::uint32_t name_at;
    std::uint32_t value_at;
    std::uint32_t value_bytes;
    std::uint16_t name_bytes;
  };

  // The block: texts from its front, entries from its end, the first at the very end.
  Entry& entry(std::size_t index) const noexcept {
    return *(reinterpret_cast<Entry*>(memory_ + capacity_) - 1 - index);
  }
  void make_room(std::size_t text_bytes, std::size_t entries) {
    if (text_bytes + (entries * sizeof(Entry)) > capacity_) [[unlikely]]
      grow(text_bytes + (entries * sizeof(Entry)));
  }
  void grow(std::size_t bytes);
  void free_memory() noexcept;
  void append(std::string_view name, std::string_view value);
  void swap(Headers& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(capacity_, other.capacity_);
    std::swap(text_bytes_, other.text_bytes_);
    std::swap(count_, other.count_);
  }

  // For the parser, which has looked at them: a field whose texts lie, or will lie, at these places.
  void add_entry(const Entry& added) {
    make_room(text_bytes_, count_ + 1);
    entry(count_++) = added;
  }
  std::string_view text() const noexcept { return {memory_, text_bytes_}; }
  void append_text(std::string_view text);
  void cut_text(std::size_t bytes) noexcept { text_bytes_ = static_cast<std::uint32_t>(bytes); }

  char* memory_ = nullptr;
  std::uint32_t capacity_ = 0;
  std::uint32_t text_bytes_ = 0;
  std::uint32_t count_ = 0;
};

class Headers::Iterator {
 public:
  using value_type = Field;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::input_iterator_tag;

  Iterator() noexcept = default;
  Iterator(const Headers& headers, std::size_t index) noexcept : headers_(&headers), index_(index) {}

  Field operator*() const noexcept { return (*headers_)[index_]; }
  Iterator& operator++() noexcept {
    ++index_;
    return *this;
  }
  Iterator operator++(int) noexcept {
    Iterator before = *this;
    ++index_;
    return before;
  }
  friend bool operator==(const Iterator& left, const Iterator& right) noexcept { return left.index_ == right.index_; }

 private:
  const Headers* headers_ = nullptr;
  std::size_t index_ = 0;
};

inline Headers::Iterator Headers::begin() const noexcept { return {*this, 0}; }
inline Headers::Iterator Headers::end() const noexcept { return {*this, count_}; }

inline Headers::Field Headers::operator[](std::size_t index) const noexcept {
  const Entry& at = entry(index);
  return {{memory_ + at.name_at, at.name_bytes}, {memory_ + at.value_at, at.value_bytes}};
}

namespace internal {
bool equal_lowered(std::string_view left, std::string_view right) noexcept;  // of one length
}

// Equal, where the letters A to Z are as a to z.
inline bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && internal::equal_lowered(left, right);
}

}  // namespace ringback::http
