// The name of the function in which a place of the source lies, as messages and dumps print it.
//
// Compilers put the whole signature into std::source_location, each in its own way: from
// `Task<std::string> app::Client::fetch(std::string) const` this takes `app::Client::fetch`. A lambda is called
// `lambda`: `app::serve::lambda`. Of an anonymous namespace and of template arguments nothing is left.
//
// Threads: any. Errors: none; a signature of another form stays as it is, and what is longer than 255 bytes is cut.
// Cost: a walk over the signature, no memory.
#pragma once

#include <array>
#include <source_location>
#include <string_view>

namespace ringback::runtime {

class FunctionName {
 public:
  explicit FunctionName(const std::source_location& place) noexcept : FunctionName(place.function_name()) {}
  explicit FunctionName(std::string_view signature) noexcept;

  const char* c_str() const noexcept { return text_.data() + begin_; }
  std::string_view view() const noexcept { return c_str(); }

 private:
  void read(std::string_view signature) noexcept;
  std::size_t read_operator(std::string_view signature, std::size_t at) noexcept;
  void put(std::string_view more) noexcept;
  std::string_view written() const noexcept { return {text_.data(), size_}; }

  std::array<char, 256> text_{};
  std::size_t size_ = 0;
  std::size_t begin_ = 0;
};

}  // namespace ringback::runtime
