#include "ringback/base/function_name.h"

#include <algorithm>

namespace ringback::runtime {
namespace {

constexpr std::string_view kAnonymous[] = {"(anonymous namespace)::", "{anonymous}::"};
constexpr std::string_view kLambdaOfClang = "(anonymous class)::operator()";
constexpr std::string_view kLambdaOfGcc = "<lambda(";
constexpr std::string_view kOperator = "operator";

bool is_of_a_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Behind the bracket that closes the one at `at`.
std::size_t behind(std::string_view text, std::size_t at) noexcept {
  const char open = text[at];
  const char close = open == '(' ? ')' : '>';
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    const bool is_arrow = text[at] == '>' && at > 0 && text[at - 1] == '-';
    if (text[at] == open) ++depth;
    if (text[at] == close && !is_arrow && --depth == 0) return at + 1;
  }
  return at;
}

bool is_operator(std::string_view text, std::size_t at) noexcept {
  const std::size_t end = at + kOperator.size();
  return text.substr(at).starts_with(kOperator) && (at == 0 || !is_of_a_word(text[at - 1])) && end < text.size() &&
         !is_of_a_word(text[end]);
}

}  // namespace

FunctionName::FunctionName(std::string_view signature) noexcept {
  read(signature);
  // What stands before the name: the type of the result, `static`.
  const std::size_t name = std::min(written().rfind(kOperator), size_);
  const std::size_t before = written().find_last_of(" &*", name == 0 ? 0 : name - 1);
  begin_ = before == std::string_view::npos ? 0 : before + 1;
  if (written().substr(begin_).starts_with("::")) begin_ += 2;
  if (begin_ < size_) return;
  size_ = begin_ = 0;
  put(signature);
}

// Copies the signature up to the list of parameters, without what is in brackets.
void FunctionName::read(std::string_view signature) noexcept {
  for (std::size_t at = 0; at < signature.size();) {
    const std::string_view rest = signature.substr(at);
    const auto* const anonymous = std::ranges::find_if(kAnonymous, [&](auto name) { return rest.starts_with(name); });
    if (anonymous != std::end(kAnonymous)) {
      at += anonymous->size();
    } else if (rest.starts_with(kLambdaOfClang)) {
      put("lambda");
      at += kLambdaOfClang.size();
    } else if (rest.starts_with(kLambdaOfGcc)) {
      put("lambda");
      at = behind(signature, at);
    } else if (is_operator(signature, at)) {
      at = read_operator(signature, at);
    } else if (rest[0] == '<') {
      at = behind(signature, at);
    } else if (rest.starts_with("(*") || rest.starts_with("(&")) {  // The result is a pointer to a function.
      put(" ");
      at += 2;
    } else if (rest[0] == '(') {
      at = behind(signature, at);
      const bool goes_on = signature.substr(at).starts_with("::") || written().ends_with("decltype");
      if (!goes_on) return;
    } else if (rest.starts_with(" [") || rest[0] == ')') {
      return;
    } else {
      put(rest.substr(0, 1));
      ++at;
    }
  }
}

// `operator<<`, `operator()`, `operator bool`: the brackets in it are its name.
std::size_t FunctionName::read_operator(std::string_view signature, std::size_t at) noexcept {
  const bool is_call = signature.substr(at).starts_with("operator()");
  const std::size_t end = is_call ? at + kOperator.size() + 2 : std::min(signature.find('(', at), signature.size());
  put(signature.substr(at, end - at));
  return end;
}

void FunctionName::put(std::string_view more) noexcept {
  more = more.substr(0, text_.size() - 1 - size_);
  std::ranges::copy(more, text_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += more.size();
  text_[size_] = '\0';
}

}  // namespace ringback::runtime
