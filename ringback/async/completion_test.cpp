#include "ringback/async/completion.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "ringback/async/timeout.h"
#include "ringback/async/wait.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

TEST(Completion, gives_what_another_thread_completed_it_with) {
  Completion<int> completion;
  std::thread other([completer = completion.completer()] { completer.complete(4); });
  EXPECT_EQ(wait(completion), 4);
  other.join();
}

TEST(Completion, forgotten_by_the_last_completer_fails_and_says_so) {
  Completion<int> completion;
  static_cast<void>(completion.completer());
  try {
    wait(completion);
    FAIL() << "it gave a value";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::aborted);
    EXPECT_NE(std::string(error.what()).find("went without completing"), std::string::npos) << error.what();
  }
}

TEST(Completion, completed_twice_is_an_error_that_says_so) {
  Completion<int> completion;
  const Completer<int> completer = completion.completer();
  completer.complete(1);
  EXPECT_FALSE(completer.try_complete(2));
  EXPECT_THROW(completer.complete(2), Error);
  EXPECT_EQ(wait(completion), 1);
}

TEST(Completion, cancelled_by_a_deadline_tells_the_other_side_and_takes_nothing_more) {
  Completion<int> completion;
  const Completer<int> completer = completion.completer();
  bool was_told = false;
  completion.on_cancel([&] { was_told = true; });
  EXPECT_THROW(wait(timeout(1ms, completion)), TimeoutError);
  EXPECT_TRUE(was_told);
  EXPECT_FALSE(completer.is_wanted());
  EXPECT_FALSE(completer.try_complete(1));
}

}  // namespace
}  // namespace ringback
