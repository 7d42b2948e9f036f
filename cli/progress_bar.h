// How far a long job is, on one line of a terminal that is written over and over.
//
//   load debian  [=========>          ]  48 %  30,112 of 62,666   21,400/s   1.5 s left
//
// Where the output is no terminal, a line for each tenth of a known total, and one by end(): for the log.
// Threads: one. Lifetime: `out` outlives it; without end() (an error) the line is ended as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

#include "ringback/base/time.h"

namespace ringback::cli {

class ProgressBar {
 public:
  // How wide the terminal is, asked before each drawing; empty: `out` is no terminal.
  using Columns = std::function<std::size_t()>;

  // `now`: when the job began. `total` 0: unknown, so no share and no time left.
  ProgressBar(std::ostream& out, Columns columns, std::string what, std::uint64_t total, TimePoint now);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // Draws at most ten times a second; away from a terminal, at most ten times.
  void update(std::uint64_t done, TimePoint now);
  // Draws for the last time, and ends the line.
  void end(std::uint64_t done, TimePoint now);

 private:
  void draw(std::uint64_t done, TimePoint now);
  void log_tenths(std::uint64_t done, TimePoint now);
  struct Parts;
  std::string line(std::uint64_t done, TimePoint now) const;
  std::string line_of(const Parts& parts, std::uint64_t done, TimePoint now) const;

  std::ostream& out_;
  const Columns columns_;
  const std::string what_;
  const std::uint64_t total_;
  const TimePoint begun_;
  TimePoint next_draw_;
  std::uint64_t tenths_logged_ = 0;
  bool is_line_open_ = false;
};

// Of the terminal that standard error is, if it is one.
ProgressBar::Columns columns_of_stderr();

}  // namespace ringback::cli
