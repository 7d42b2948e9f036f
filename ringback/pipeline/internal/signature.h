// What a function takes, read from its type.
#pragma once

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ringback::internal {

// A function of several parameters as one of a tuple. What it takes by reference stays in the tuple of the caller.
template <typename F>
class TakingTuple {
 public:
  explicit TakingTuple(F function) : function_(std::move(function)) {}

  template <typename Tuple>
  auto operator()(Tuple&& arguments) const {
    return std::apply(function_, std::forward<Tuple>(arguments));
  }

 private:
  F function_;
};

template <typename F, typename... Args>
struct SignatureOf {
  static_assert(sizeof...(Args) != 0, "a stage takes something: give its function a parameter");
  using In = std::tuple<std::remove_cvref_t<Args>...>;
  static constexpr bool owns_arguments = (!std::is_reference_v<Args> && ...);
  static TakingTuple<F> taking_one(F function) { return TakingTuple<F>(std::move(function)); }
};
template <typename F, typename Arg>
struct SignatureOf<F, Arg> {
  using In = std::remove_cvref_t<Arg>;
  static constexpr bool owns_arguments = !std::is_reference_v<Arg>;
  static F taking_one(F function) { return function; }
};

template <typename F, typename Call>
struct SignatureOfCall;
template <typename F, typename R, typename... Args>
struct SignatureOfCall<F, R (*)(Args...)> : SignatureOf<F, Args...> {};
template <typename F, typename R, typename... Args>
struct SignatureOfCall<F, R (*)(Args...) noexcept> : SignatureOf<F, Args...> {};
template <typename F, typename R, typename C, typename... Args>
struct SignatureOfCall<F, R (C::*)(Args...) const> : SignatureOf<F, Args...> {};
template <typename F, typename R, typename C, typename... Args>
struct SignatureOfCall<F, R (C::*)(Args...) const noexcept> : SignatureOf<F, Args...> {};
// Not const: refused later, with a reason.
template <typename F, typename R, typename C, typename... Args>
struct SignatureOfCall<F, R (C::*)(Args...)> : SignatureOf<F, Args...> {};
template <typename F, typename R, typename C, typename... Args>
struct SignatureOfCall<F, R (C::*)(Args...) noexcept> : SignatureOf<F, Args...> {};

template <typename F>
struct Signature;
template <typename F>
  requires std::is_pointer_v<F>
struct Signature<F> : SignatureOfCall<F, F> {};
template <typename F>
  requires requires { &F::operator(); }
struct Signature<F> : SignatureOfCall<F, decltype(&F::operator())> {};
template <typename F>
struct Signature {
  static_assert(!std::is_same_v<F, F>, "what the stage takes cannot be read from its function: say stage<In>(name, f)");
};

}  // namespace ringback::internal
