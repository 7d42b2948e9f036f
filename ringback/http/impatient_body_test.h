// A body whose maker gives up each write after a moment, and goes on: nothing of it is lost or sent twice.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"
#include "ringback/http/body.h"

namespace ringback::testing_http {

inline constexpr int kImpatientParts = 8;
inline constexpr std::size_t kImpatientPartBytes = 3'000'000;

inline std::string impatient_part(int part) { return std::string(kImpatientPartBytes, static_cast<char>('a' + part)); }

inline Task<> make_impatiently(http::BodyWriter& out) {
  constexpr auto kPatience = std::chrono::milliseconds(1);
  bool has_given_up = false;
  for (int i = 0; i < kImpatientParts; ++i) {
    const std::string part = impatient_part(i);
    const auto written = co_await outcome(timeout(kPatience, out.write(part)));
    const auto flushed = co_await outcome(timeout(kPatience, out.flush()));
    has_given_up = has_given_up || !written.ok();
  }
  EXPECT_TRUE(has_given_up);
}

inline std::string what_is_made_impatiently() {
  std::string all;
  for (int i = 0; i < kImpatientParts; ++i) all += impatient_part(i);
  return all;
}

}  // namespace ringback::testing_http
