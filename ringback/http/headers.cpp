#include "ringback/http/headers.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "ringback/base/error.h"
#include "ringback/exec/frame_memory.h"
#include "ringback/http/internal/characters.h"

namespace ringback::http {
namespace {

constexpr std::size_t kFirstBytes = 256;

[[noreturn, gnu::cold]] void refuse(std::string_view what) { throw Error(ErrorKind::invalid, "add a header", what); }

void check(std::string_view name, std::string_view value) {
  if (!internal::is_token(name)) refuse("the name is no token: letters, digits and !#$%&'*+-.^_`|~");
  if (name.size() > std::numeric_limits<std::uint16_t>::max()) refuse("the name is longer than 65535 bytes");
  if (!internal::is_field_value(value)) refuse("the value holds a line break or another control character");
}

std::string_view trimmed(std::string_view value) noexcept {
  while (!value.empty() && internal::is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && internal::is_blank(value.back())) value.remove_suffix(1);
  return value;
}

}  // namespace

Headers::Headers(const Headers& other) {
  make_room(other.text_bytes_, other.count_);
  append_text(other.text());
  for (std::size_t i = 0; i < other.count_; ++i) add_entry(other.entry(i));
}

Headers& Headers::operator=(const Headers& other) {
  if (this != &other) {
    clear();
    make_room(other.text_bytes_, other.count_);
    append_text(other.text());
    for (std::size_t i = 0; i < other.count_; ++i) add_entry(other.entry(i));
  }
  return *this;
}

void Headers::free_memory() noexcept { ringback::runtime::free_frame(memory_, capacity_); }

std::optional<std::string_view> Headers::get(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    const Field field = (*this)[i];
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

bool Headers::has_token(std::string_view name, std::string_view token) const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (entry(i).name_bytes != name.size()) continue;
    const Field field = (*this)[i];
    if (!equal_ignoring_case(field.name, name)) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (equal_ignoring_case(trimmed(rest.substr(0, comma)), token)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

void Headers::add(std::string_view name, std::string_view value) {
  value = trimmed(value);
  check(name, value);
  append(name, value);
}

void Headers::set(std::string_view name, std::string_view value) {
  value = trimmed(value);
  check(name, value);
  // What is set may lie in what is removed: texts stay until clear().
  remove(name);
  append(name, value);
}

std::size_t Headers::remove(std::string_view name) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (equal_ignoring_case((*this)[i].name, name)) continue;
    entry(kept++) = entry(i);
  }
  const std::size_t removed = count_ - kept;
  count_ = static_cast<std::uint32_t>(kept);
  return removed;
}

void Headers::append_to(std::string& text) const {
  for (const Field field : *this) {
    const std::size_t before = text.size();
    text.resize(before + field.name.size() + field.value.size() + 4);
    char* at = text.data() + before;
    std::memcpy(at, field.name.data(), field.name.size());
    at += field.name.size();
    std::memcpy(at, ": ", 2);
    if (!field.value.empty()) std::memcpy(at + 2, field.value.data(), field.value.size());
    std::memcpy(at + 2 + field.value.size(), "\r\n", 2);
  }
}

// The texts may lie in this block, which moves where it grows.
void Headers::append(std::string_view name, std::string_view value) {
  const std::size_t bytes = text_bytes_ + name.size() + value.size();
  if (bytes > std::numeric_limits<std::uint32_t>::max() / 2) refuse("all of them are longer than 2 GiB");
  Headers before;
  const std::size_t needed = bytes + ((count_ + 1) * sizeof(Entry));
  if (needed > capacity_) {
    before.swap(*this);
    grow(needed);
    if (!before.empty()) *this = before;
  }
  const std::uint32_t name_at = text_bytes_;
  const auto value_at = static_cast<std::uint32_t>(name_at + name.size());
  std::memcpy(memory_ + name_at, name.data(), name.size());
  if (!value.empty()) std::memcpy(memory_ + value_at, value.data(), value.size());
  text_bytes_ = value_at + static_cast<std::uint32_t>(value.size());
  entry(count_++) = {name_at, value_at, static_cast<std::uint32_t>(value.size()),
                     static_cast<std::uint16_t>(name.size())};
}

void Headers::append_text(std::string_view text) {
  if (text.empty()) return;
  make_room(text_bytes_ + text.size(), count_);
  std::memcpy(memory_ + text_bytes_, text.data(), text.size());
  text_bytes_ += static_cast<std::uint32_t>(text.size());
}

void Headers::grow(std::size_t bytes) {
  const std::size_t wanted = std::max({bytes, std::size_t{capacity_} * 2, kFirstBytes});
  const std::size_t capacity = (wanted + sizeof(Entry) - 1) / sizeof(Entry) * sizeof(Entry);
  auto* memory = static_cast<char*>(ringback::runtime::allocate_frame(capacity));
  if (memory_ != nullptr) {
    std::memcpy(memory, memory_, text_bytes_);
    const std::size_t entries = count_ * sizeof(Entry);
    std::memcpy(memory + capacity - entries, memory_ + capacity_ - entries, entries);
    ringback::runtime::free_frame(memory_, capacity_);
  }
  memory_ = memory;
  capacity_ = static_cast<std::uint32_t>(capacity);
}

namespace internal {

bool equal_lowered(std::string_view left, std::string_view right) noexcept {
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (lowered(left[i]) != lowered(right[i])) return false;
  }
  return true;
}

}  // namespace internal

}  // namespace ringback::http
