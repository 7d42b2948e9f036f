// What a ProcessPool and its workers say to each other: a head, and a body of as many bytes as it names.
//
//   ready    worker -> pool   nothing: it has started
//   call     pool -> worker   the function's name, then its arguments
//   value    worker -> pool   the result
//   failure  worker -> pool   an Error, part by part
//
// Both are one program on one machine, so numbers are as the machine has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ringback/base/error.h"

namespace ringback::internal {

// The argument that makes a program a worker.
inline constexpr const char* kProcessWorkerArgument = "--ringback-process-worker";

struct ProcessMessageHead {
  enum class Kind : std::uint32_t { ready = 1, call = 2, value = 3, failure = 4 };
  static constexpr std::uint32_t kMark = 0x316b6252;

  std::uint32_t mark = kMark;
  Kind kind = Kind::ready;
  std::uint64_t body_bytes = 0;
};

struct ProcessMessage {
  ProcessMessageHead::Kind kind = ProcessMessageHead::Kind::ready;
  std::string body;
};

// Head and body in one piece.
std::string process_message(ProcessMessageHead::Kind kind, std::string_view body);
std::string process_call_message(std::string_view name, std::string_view arguments);

std::string encode_failure(const Failure& failure, std::string_view function);
// Errors: malformed.
Error decode_failure(std::string_view body);

// True in a process that was started as a worker and has not called process_worker_main().
bool is_unserved_process_worker();

}  // namespace ringback::internal
