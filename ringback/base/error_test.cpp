#include "ringback/base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <initializer_list>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "ringback/base/outcome.h"
#include "ringback/base/time.h"
#include "ringback/base/unique_function.h"

namespace ringback {

using namespace runtime;

namespace {

TEST(Error, says_kind_code_operation_and_peer) {
  const Error error = Error::from_os(ECONNREFUSED, "connect", "127.0.0.1:9");
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_EQ(error.os_code(), ECONNREFUSED);
  EXPECT_EQ(error.operation(), "connect");
  EXPECT_EQ(error.peer(), "127.0.0.1:9");
  EXPECT_EQ(std::string(error.what()), "connect 127.0.0.1:9: Connection refused");
  EXPECT_EQ(Error::from_os(ECONNRESET, "read").kind(), ErrorKind::reset);
  EXPECT_EQ(Error::from_os(EHOSTUNREACH, "connect").kind(), ErrorKind::unreachable);
  EXPECT_EQ(Error::from_os(EMFILE, "open").kind(), ErrorKind::exhausted);
  EXPECT_EQ(Error::from_os(9999, "odd").kind(), ErrorKind::io);
}

// One code of each group that callers tell apart, with the word for its kind.
TEST(Error, sorts_the_codes_of_the_system_by_what_a_caller_can_do) {
  struct Sorted {
    ErrorKind kind;
    std::string_view word;
    std::initializer_list<int> codes;
  };
  const Sorted kinds[] = {
      {ErrorKind::invalid,
       "invalid",
       {EINVAL, EBADF, EFAULT, ENOTSOCK, EISCONN, ENOTCONN, EDESTADDRREQ, EMSGSIZE, ENAMETOOLONG, ENOTDIR, EISDIR,
        ESPIPE}},
      {ErrorKind::not_found, "not_found", {ENOENT, ENXIO, ENODEV, ESRCH}},
      {ErrorKind::denied, "denied", {EACCES, EPERM, EROFS}},
      {ErrorKind::exists, "exists", {EEXIST, EADDRINUSE, ENOTEMPTY}},
      {ErrorKind::refused, "refused", {ECONNREFUSED}},
      {ErrorKind::reset, "reset", {ECONNRESET, EPIPE, ECONNABORTED, ENETRESET}},
      {ErrorKind::unreachable, "unreachable", {ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN, EADDRNOTAVAIL}},
      {ErrorKind::timed_out, "timed_out", {ETIMEDOUT}},
      {ErrorKind::exhausted, "exhausted", {EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOSPC, EDQUOT, EFBIG}},
      {ErrorKind::unsupported, "unsupported", {ENOSYS, EOPNOTSUPP, EAFNOSUPPORT, EPROTONOSUPPORT}},
      {ErrorKind::io, "io", {EIO, ENOTRECOVERABLE}},
  };
  for (const Sorted& sorted : kinds) {
    EXPECT_EQ(to_string(sorted.kind), sorted.word);
    for (const int code : sorted.codes) EXPECT_EQ(to_string(Error::from_os(code, "op").kind()), sorted.word) << code;
  }
}

TEST(Error, every_kind_and_reason_has_a_word_of_its_own) {
  std::set<std::string_view> words;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::io); ++kind) {
    words.insert(to_string(static_cast<ErrorKind>(kind)));
  }
  for (int reason = 0; reason <= static_cast<int>(Reason::overload); ++reason) {
    words.insert(to_string(static_cast<Reason>(reason)));
  }
  EXPECT_EQ(words.size(), 19u + 5u);
  EXPECT_FALSE(words.contains("unknown"));
  EXPECT_EQ(to_string(static_cast<ErrorKind>(200)), "unknown");
  EXPECT_EQ(to_string(static_cast<Reason>(200)), "unknown");
}

TEST(Error, without_a_message_it_says_its_kind) {
  EXPECT_EQ(std::string(Error(ErrorKind::end_of_stream, "read", "").what()), "read: end_of_stream");
  EXPECT_EQ(std::string(Error(ErrorKind::denied, "open", "", 0, "/etc/shadow").what()), "open /etc/shadow: denied");
  EXPECT_EQ(std::string(make_aborted("wait", Reason::sibling_failed).what()),
            "wait: what was waited for was cancelled: sibling_failed");
}

TEST(Error, a_timeout_is_an_error_and_a_cancellation_is_none) {
  EXPECT_TRUE((std::is_base_of_v<Error, TimeoutError>));
  EXPECT_FALSE((std::is_base_of_v<std::exception, Cancelled>));
  EXPECT_EQ(TimeoutError("op").kind(), ErrorKind::timed_out);
  EXPECT_EQ(make_aborted("op", Reason::overload).reason(), Reason::overload);
}

TEST(Failure, keeps_what_it_was_made_of) {
  const Failure none;
  EXPECT_FALSE(none.exists());
  const Failure cancelled = Cancelled{Reason::shutdown};
  EXPECT_TRUE(cancelled.is_cancelled());
  EXPECT_EQ(cancelled.describe(), "cancelled: shutdown");
  EXPECT_THROW(cancelled.raise(), Cancelled);
  const Failure timeout = TimeoutError("op");
  EXPECT_THROW(timeout.raise(), TimeoutError);
  EXPECT_EQ(timeout.error()->kind(), ErrorKind::timed_out);
  const Failure foreign(std::make_exception_ptr(std::logic_error("odd")));
  EXPECT_EQ(foreign.error(), nullptr);
  EXPECT_EQ(foreign.describe(), "odd");
  const Failure number(std::make_exception_ptr(5));
  EXPECT_NE(number.describe().find("exception of type"), std::string::npos);
  const Failure thrown(std::make_exception_ptr(Cancelled{Reason::deadline}));
  EXPECT_TRUE(thrown.is_cancelled());
  EXPECT_EQ(thrown.reason(), Reason::deadline);
}

TEST(Failure, is_taken_from_the_exception_at_hand) {
  const auto caught = [](auto thrown) {
    try {
      throw thrown;
    } catch (...) {
      return Failure::from_current();
    }
  };
  EXPECT_TRUE(caught(Cancelled{Reason::deadline}).is_cancelled());
  EXPECT_EQ(caught(Cancelled{Reason::deadline}).reason(), Reason::deadline);
  EXPECT_EQ(caught(TimeoutError("op")).error()->kind(), ErrorKind::timed_out);
  const Failure foreign = caught(std::logic_error("odd"));
  EXPECT_FALSE(foreign.is_cancelled());
  EXPECT_EQ(foreign.error(), nullptr);
  EXPECT_THROW(foreign.raise(), std::logic_error);
}

TEST(Failure, without_one_there_is_nothing_to_describe) {
  const Failure none;
  EXPECT_EQ(none.describe(), "no failure");
  EXPECT_EQ(none.error(), nullptr);
  EXPECT_EQ(none.exception(), nullptr);
}

TEST(Error, suppresses_others_but_never_in_a_circle) {
  const Error first(ErrorKind::io, "first", "");
  const Error second(ErrorKind::io, "second", "");
  const Error third(ErrorKind::io, "third", "");
  first.add_suppressed(Failure(first));
  EXPECT_TRUE(first.suppressed().empty());
  first.add_suppressed(Failure(second));
  second.add_suppressed(Failure(third));
  third.add_suppressed(Failure(first));
  second.add_suppressed(Failure(first));
  EXPECT_EQ(first.suppressed().size(), 1u);
  EXPECT_EQ(second.suppressed().size(), 1u);
  EXPECT_TRUE(third.suppressed().empty());
}

TEST(Outcome, holds_a_value_or_a_failure) {
  Outcome<std::string> value(std::string("text"));
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(*value, "text");
  EXPECT_EQ(value->size(), 4u);
  Outcome<std::string> copy = value;
  const std::string moved = *std::move(value);
  EXPECT_EQ(moved, "text");
  copy = Outcome<std::string>(Failure(TimeoutError("op")));
  EXPECT_FALSE(copy.ok());
  EXPECT_THROW(std::ignore = copy.value(), TimeoutError);
  Outcome<void> nothing;
  EXPECT_TRUE(nothing.ok());
  nothing = Outcome<void>(Failure(Cancelled{}));
  EXPECT_THROW(nothing.value(), Cancelled);
}

TEST(UniqueFunction, owns_small_and_large_callables_and_aborts_when_empty) {
  unique_function<int(int)> small = [one = std::make_unique<int>(1)](int x) { return x + *one; };
  EXPECT_EQ(small(2), 3);
  unique_function<int(int)> large = [one = std::make_unique<int>(1), pad = std::string(100, 'x')](int x) {
    return x + *one + static_cast<int>(pad.size());
  };
  unique_function<int(int)> moved = std::move(large);
  EXPECT_EQ(moved(2), 103);
  EXPECT_FALSE(static_cast<bool>(large));
  EXPECT_DEATH(large(1), "empty unique_function");
  moved = std::move(small);
  EXPECT_EQ(moved(4), 5);
}

TEST(Deadline, orders_and_saturates) {
  using namespace std::chrono_literals;
  const TimePoint moment(1h);
  EXPECT_TRUE(Deadline::never().is_never());
  EXPECT_LT(Deadline::at(moment), Deadline::never());
  EXPECT_TRUE(Deadline::at(moment).passed(moment));
  EXPECT_FALSE(Deadline::at(moment).passed(moment - 1ns));
  EXPECT_EQ(saturating_add(moment, Duration::max()), TimePoint::max());
}

}  // namespace
}  // namespace ringback
