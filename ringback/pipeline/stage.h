// A function as a stage of a pipeline.
//
//   auto words = stage("words", [](std::string text) { return split(text); });   // plain: cheap
//   auto pages = stage("retrieve", retrieve);              // Task<Docs> retrieve(std::string): may wait
//   auto tokens = stage("write", write);                   // Stream<Token> write(Docs): gives many
//   auto found = blocking_stage("search", search, pool);   // Docs search(std::string), which blocks
//
// A plain function runs in place, on whatever thread the pipeline runs: it is for what is cheap. One that
// blocks or computes for long is a blocking_stage. Both give the same results and events in every model.
//
// The function is kept as long as the pipeline, and called through const, by several threads at once. Its
// parameter says what the stage takes: one, by value or const reference; several take the std::tuple that
// parallel() gives apart. Where the parameter's type cannot be read (auto, an overload), say it:
// stage<std::string>("count", [](const auto& text) { ... }).
#pragma once

#include <functional>
#include <tuple>

#include "ringback/async/on.h"
#include "ringback/pipeline/internal/signature.h"
#include "ringback/pipeline/pipeline.h"

namespace ringback {

namespace internal {

// What the stage of a function that returns R gives.
template <typename R>
struct StageOut {
  using type = std::remove_cvref_t<R>;
};
template <Awaited R>
  requires(!is_stream<std::remove_cvref_t<R>>)
struct StageOut<R> {
  using type = value_of_t<R>;
};

// g++ warns here that the frame of a coroutine holds a function whose type only one source knows, for example that of a
// lambda in an unnamed namespace. The warning is false: only that source makes such a frame.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

template <typename Out, typename F, typename In>
Task<Out> call_plain(const F& function, In in) {
  co_return std::invoke(function, std::move(in));
}

// Holds the argument, for functions that take it by reference.
template <typename Out, typename F, typename In>
Task<Out> call_waiting(const F& function, In in) {
  co_return co_await std::invoke(function, std::move(in));
}

template <typename T, typename F, typename In>
Stream<T> call_giving_many(const F& function, In in) {
  Stream<T> source = std::invoke(function, std::move(in));
  co_await on_exit(source.close(), kUnlimited);
  for (;;) {
    auto item = co_await source.next();
    if (!item) break;
    co_yield *std::move(item);
  }
}

// Over there only where blocking here would stall others: a Pool's worker, and a thread that drives
// nothing but this, may block.
bool may_block_here() noexcept;

template <typename Out, typename F, typename In>
Task<Out> call_blocking(const F& function, Executor& pool, In in) {
  if (may_block_here()) co_return std::invoke(function, std::move(in));
  co_return co_await offload(pool, [&function, &in] { return std::invoke(function, std::move(in)); });
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

template <typename F, typename In, bool kOwnsArgument>
class Function final : public Body<In, typename StageOut<std::invoke_result_t<const F&, In>>::type> {
  using R = std::invoke_result_t<const F&, In>;
  using Out = typename StageOut<R>::type;

 public:
  explicit Function(F function) : function_(std::move(function)) {}

  work_t<Out> begin(In in, Run /*run*/) const override {
    if constexpr (std::is_same_v<R, work_t<Out>> && kOwnsArgument) {
      return std::invoke(function_, std::move(in));
    } else if constexpr (is_stream<Out>) {
      return call_giving_many<item_t<Out>>(function_, std::move(in));
    } else if constexpr (Awaited<R>) {
      return call_waiting<Out>(function_, std::move(in));
    } else {
      return call_plain<Out>(function_, std::move(in));
    }
  }

 private:
  const F function_;
};

template <typename F, typename In>
class BlockingFunction final : public Body<In, std::remove_cvref_t<std::invoke_result_t<const F&, In>>> {
  using Out = std::remove_cvref_t<std::invoke_result_t<const F&, In>>;

 public:
  BlockingFunction(F function, Executor& pool) : function_(std::move(function)), pool_(pool) {}

  Task<Out> begin(In in, Run /*run*/) const override { return call_blocking<Out>(function_, pool_, std::move(in)); }

 private:
  const F function_;
  Executor& pool_;
};

template <typename F, typename In>
constexpr void check_stage_function() {
  static_assert(std::is_invocable_v<const F&, In>,
                "a stage's function is called through const, with what the stage takes: mutable lambdas, and "
                "parameters by non-const reference, are not for stages");
}

// What a stage of F takes, and what is called with it.
template <typename F>
using stage_in_t = typename Signature<F>::In;

template <typename In, bool kOwnsArgument, typename F>
auto function_stage(std::string name, F function, std::source_location place) {
  check_stage_function<F, In>();
  using Out = typename StageOut<std::invoke_result_t<const F&, In>>::type;
  return pipeline_of<In, Out>({std::move(name), {}, place, false, false},
                              std::make_shared<Function<F, In, kOwnsArgument>>(std::move(function)));
}

template <typename In, typename F>
auto blocking_function_stage(std::string name, F function, Executor& pool, std::source_location place) {
  check_stage_function<F, In>();
  using Out = std::remove_cvref_t<std::invoke_result_t<const F&, In>>;
  static_assert(!Awaited<Out> && !is_stream<Out>, "a blocking_stage is a plain function; one that awaits is a stage()");
  return pipeline_of<In, Out>({std::move(name), {}, place, false, false},
                              std::make_shared<BlockingFunction<F, In>>(std::move(function), pool));
}

}  // namespace internal

template <typename F>
auto stage(std::string name, F function, std::source_location place = std::source_location::current()) {
  using Signature = internal::Signature<F>;
  return internal::function_stage<typename Signature::In, Signature::owns_arguments>(
      std::move(name), Signature::taking_one(std::move(function)), place);
}
template <typename In, typename F>
auto stage(std::string name, F function, std::source_location place = std::source_location::current()) {
  return internal::function_stage<In, false>(std::move(name), std::move(function), place);
}

// Runs the function on `pool` where the pipeline runs on a Loop, which it would stall; elsewhere in place.
// It cannot be cancelled once it runs: it is waited for. Lifetime: `pool` outlives every run.
// Errors: also overloaded and shut_down from the pool.
template <typename F>
auto blocking_stage(std::string name, F function, Executor& pool,
                    std::source_location place = std::source_location::current()) {
  using Signature = internal::Signature<F>;
  return internal::blocking_function_stage<typename Signature::In>(
      std::move(name), Signature::taking_one(std::move(function)), pool, place);
}
template <typename In, typename F>
auto blocking_stage(std::string name, F function, Executor& pool,
                    std::source_location place = std::source_location::current()) {
  return internal::blocking_function_stage<In>(std::move(name), std::move(function), pool, place);
}

}  // namespace ringback
