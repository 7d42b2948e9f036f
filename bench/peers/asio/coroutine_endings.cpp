// Asio with C++20 coroutines: errors, cancellation and timeouts.
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <stdexcept>

#include "bench/program.h"

namespace {

using asio::awaitable;
using asio::use_awaitable;
using namespace asio::experimental::awaitable_operators;

awaitable<std::uint64_t> fail_below(std::uint64_t depth) {
  if (depth == 0) throw std::runtime_error("no one is there");
  co_return co_await fail_below(depth - 1);
}
awaitable<void> catch_all(std::uint64_t count, std::uint64_t& caught) {
  for (std::uint64_t i = 0; i < count; ++i) {
    try {
      co_await fail_below(bench::kErrorDepth - 1);
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
}
const bench::Workload kError("error", [](std::uint64_t count) {
  asio::io_context context(1);
  std::uint64_t caught = 0;
  asio::co_spawn(context, catch_all(count, caught), asio::detached);
  context.run();
  return caught;
});

awaitable<void> wait_until_cancelled(asio::steady_timer& never, std::uint64_t& ended) {
  try {
    co_await never.async_wait(use_awaitable);
  } catch (const asio::system_error& error) {
    if (error.code() == asio::error::operation_aborted) ++ended;
  }
}
const bench::Workload kCancel("cancel", [](std::uint64_t count) {
  asio::io_context context(1);
  asio::steady_timer never(context, asio::steady_timer::time_point::max());
  std::uint64_t ended = 0;
  for (std::uint64_t i = 0; i < count; ++i) asio::co_spawn(context, wait_until_cancelled(never, ended), asio::detached);
  asio::post(context, [&never] { never.cancel(); });  // behind them: now all wait
  context.run();
  return ended;
});

// What wins is waited for; the other is cancelled.
awaitable<void> one_turn() { co_await asio::post(use_awaitable); }
awaitable<void> time_out(std::uint64_t count, std::uint64_t& done) {
  const auto here = co_await asio::this_coro::executor;
  asio::steady_timer timer(here);
  for (std::uint64_t i = 0; i < count; ++i) {
    timer.expires_after(std::chrono::seconds(1));
    const auto first = co_await (one_turn() || timer.async_wait(use_awaitable));
    if (first.index() == 0) ++done;
  }
}
const bench::Workload kTimeoutYield("timeout_yield", [](std::uint64_t count) {
  asio::io_context context(1);
  std::uint64_t done = 0;
  asio::co_spawn(context, time_out(count, done), asio::detached);
  context.run();
  return done;
});

}  // namespace
