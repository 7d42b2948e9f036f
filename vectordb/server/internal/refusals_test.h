// How a request is refused: for the tests of its forms.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "vectordb/server/internal/refusal.h"

namespace vectordb::testing_refusals {

// "400 Wrong input: ..." where `read(body)` refuses; empty where it does not.
template <typename Read>
std::string refusal(Read read, std::string_view body) {
  try {
    static_cast<void>(read(body));
  } catch (...) {
    const internal::Ending ending = internal::ending_of(ringback::Failure::from_current());
    return std::to_string(ending.status) + " " + ending.message;
  }
  return {};
}

// As refusal(), where the message need not be looked at beyond its beginning and what it names.
template <typename Read>
void expect_refused(Read read, std::string_view body, std::string_view begins, std::string_view names) {
  const std::string refused = refusal(read, body);
  EXPECT_TRUE(refused.starts_with(begins)) << body << "\n" << refused;
  EXPECT_NE(refused.find(names), std::string::npos) << body << "\n" << refused;
}

}  // namespace vectordb::testing_refusals
