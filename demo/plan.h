// What a measured process is to do, as the one that starts it writes it to its standard input.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ringback/base/time.h"

namespace ringback::demo {

// The three places to run an operation. `in_line` is Inline: the word is taken by C++.
enum class Model { in_line, loop, pool };

// "inline", "Loop", "Pool"
std::string_view to_string(Model model);

enum class Job {
  searches,  // one call for each text
  sums,      // a sum of squares, `sums` times: no waiting at all
  response,  // quick calls, one every 10 ms, while the first text's call takes `slow`; on a Loop
};

struct Plan {
  Model model = Model::in_line;
  Job job = Job::searches;
  std::uint16_t port = 0;        // of the package service on loopback
  Duration latency{};            // the service adds it to each call
  Duration slow{};               // and this to the first of a response job
  std::uint64_t work_bytes = 0;  // of an answer that are digested, over and over; 0: each once
  std::uint64_t sums = 0;
  std::vector<std::string> texts;  // what is searched for, each of one line

  std::size_t calls() const { return job == Job::sums ? sums : texts.size(); }

  std::string to_text() const;
  // Errors: Error invalid.
  static Plan from_text(std::string_view text);
};

}  // namespace ringback::demo
