// A function that can be called in another process of this program; see process_pool.h.
//
//   const ProcessFunction<std::size_t(std::string)> count_words("count_words", [](std::string s) { return s.size(); });
//
// Defined at namespace scope, since the worker process finds it by its name before it runs anything of
// main(). Called as an ordinary function it runs here and now.
//
// Threads: any. Lifetime: a static object. Two of one name abort.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "ringback/io/process_codec.h"

namespace ringback {

namespace internal {

// What a worker looks up: a name, and what to do with the bytes of the arguments.
class ProcessFunctionBase {
 public:
  ProcessFunctionBase(const ProcessFunctionBase&) = delete;
  ProcessFunctionBase& operator=(const ProcessFunctionBase&) = delete;

  const std::string& name() const noexcept { return name_; }
  // The bytes of the result. Throws what the function throws; malformed.
  virtual std::string call_with_bytes(std::string_view arguments) const = 0;

  // Null where there is none.
  static const ProcessFunctionBase* find(std::string_view name) noexcept;

 protected:
  explicit ProcessFunctionBase(std::string_view name);
  ~ProcessFunctionBase();

 private:
  const std::string name_;
  ProcessFunctionBase* next_ = nullptr;
};

}  // namespace internal

template <typename Signature>
class ProcessFunction;

template <typename R, typename... Params>
class ProcessFunction<R(Params...)> final : public internal::ProcessFunctionBase {
  static_assert((ProcessValue<std::remove_cvref_t<Params>> && ...),
                "an argument must be plain bytes, std::string or std::vector of these: nothing else reaches a process");
  static_assert(std::is_void_v<R> || ProcessValue<R>,
                "the result must be plain bytes, std::string or std::vector of these: nothing else leaves a process");
  static_assert(((!std::is_lvalue_reference_v<Params> || std::is_const_v<std::remove_reference_t<Params>>) && ...),
                "what the function writes through a reference stays in the worker: return it instead");

 public:
  // A function, or a lambda that captures nothing: what it captured would be another process's.
  ProcessFunction(std::string_view name, R (*function)(Params...)) : ProcessFunctionBase(name), function_(function) {}

  R operator()(Params... params) const { return function_(std::forward<Params>(params)...); }

  static std::string encode(const std::remove_cvref_t<Params>&... arguments) {
    std::string bytes;
    (internal::ProcessCodec<std::remove_cvref_t<Params>>::append(bytes, arguments), ...);
    return bytes;
  }
  static R decode(std::string_view bytes) { return internal::decode_process_value<R>(bytes); }

 private:
  std::string call_with_bytes(std::string_view bytes) const override {
    // In braces, so that they are taken in their order.
    std::tuple<std::remove_cvref_t<Params>...> arguments{
        internal::ProcessCodec<std::remove_cvref_t<Params>>::take(bytes)...};
    if (!bytes.empty()) internal::throw_cut_value();
    const auto call = [&](auto&... each) -> R { return function_(static_cast<Params>(std::move(each))...); };
    std::string result;
    if constexpr (std::is_void_v<R>) {
      std::apply(call, arguments);
    } else {
      internal::ProcessCodec<R>::append(result, std::apply(call, arguments));
    }
    return result;
  }

  R (*const function_)(Params...);
};

}  // namespace ringback
