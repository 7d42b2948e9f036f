// Everything compare has found out, ready to be shown: as a table, as JSON, as a page, as a trace.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/search.h"
#include "demo/ladder.h"
#include "demo/measured.h"

namespace ringback::demo {

// One job in one of the ways.
struct Row {
  std::string label;  // "inline", "Loop", "Pool", "blocking server"
  Measured measured;
};

struct Scenario {
  std::string letter;  // "a"
  std::string title;
  std::string about;  // what is done, in a sentence or two
  std::vector<Row> rows;

  // Whether the answers of `row` are byte for byte those of the first.
  bool is_identical(const Row& row) const { return row.measured.answers == rows.front().measured.answers; }
  // How many times as fast as the first.
  double gain(const Row& row) const {
    return static_cast<double>(rows.front().measured.wall_ns) / static_cast<double>(row.measured.wall_ns);
  }
  // What the figures say, in a sentence; made from them.
  std::string lesson;
  // Two rows whose times differ by no more than this factor are as fast as each other.
  double noise = 1.05;
};

// What was asked of the whole database, and what it answered.
struct Question {
  std::string text;
  std::vector<cli::FoundText> found;
};

struct Comparison {
  std::string machine;  // processors, kernel
  std::string records;  // how many packages, from where
  std::vector<Question> questions;
  std::vector<Scenario> scenarios;
  std::vector<Rung> ladder;

  bool all_identical() const;
};

void print_table(const Comparison& comparison, std::ostream& out);
std::string to_json(const Comparison& comparison);
// For Perfetto and chrome://tracing: a process for each row, a thread for each of its threads.
std::string to_trace(const Comparison& comparison);
// One page, with nothing outside itself.
std::string to_html(const Comparison& comparison);

// The pieces of the page; see timeline_page.cpp.
extern const char* const kPageStyle;
extern const char* const kPageScript;

// "12 %", "0.3 %"
std::string in_percent(double share);
// "3.1 MiB"
std::string in_mebibytes(std::uint64_t bytes);

}  // namespace ringback::demo
