#include "ringback/io/signal_set.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"
#include "ringback/io/places_test.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;

class SignalsAwaited : public PlaceTest {};

Task<int> next_of(SignalSet& signals) { co_return co_await signals.next(); }

TEST_P(SignalsAwaited, a_signal_that_came_before_or_comes_later_is_given) {
  SignalSet signals({SIGUSR1, SIGUSR2});
  ::kill(::getpid(), SIGUSR2);
  EXPECT_EQ(in_place(next_of(signals)), SIGUSR2);
  std::thread sender([] { ::kill(::getpid(), SIGUSR1); });
  EXPECT_EQ(in_place(next_of(signals)), SIGUSR1);
  sender.join();
}

TEST_P(SignalsAwaited, contract_06_waiting_in_vain_loses_no_signal) {
  SignalSet signals({SIGUSR1});
  EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(1ms, next_of(signals))); }), ErrorKind::timed_out);
  EXPECT_EQ(kind_thrown_by([&] { return in_place(timeout(0s, next_of(signals))); }), ErrorKind::timed_out);
  ::kill(::getpid(), SIGUSR1);
  EXPECT_EQ(in_place(next_of(signals)), SIGUSR1);
}

TEST_P(SignalsAwaited, what_nobody_asked_for_does_no_harm_in_the_end) {
  {
    SignalSet signals({SIGUSR1});
    ::kill(::getpid(), SIGUSR1);
  }
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  EXPECT_EQ(sigismember(&now, SIGUSR1), 0);
}

TEST_P(SignalsAwaited, a_number_that_is_no_signal_is_invalid) {
  EXPECT_EQ(kind_thrown_by([] { return SignalSet({12345}), 0; }), ErrorKind::invalid);
}

RINGBACK_EVERY_PLACE(SignalsAwaited);

}  // namespace
}  // namespace ringback
