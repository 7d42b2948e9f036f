#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "cli/figures.h"
#include "demo/comparison.h"

namespace ringback::demo {
namespace {

using Cells = std::vector<std::string>;

std::string with_digits(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), value < 9.95 ? "%.1f" : "%.0f", value);
  return text.data();
}

Cells cells_of(const Scenario& scenario, const Row& row) {
  const Measured& measured = row.measured;
  return {row.label,
          cli::in_words(static_cast<double>(measured.wall_ns)),
          with_digits(scenario.gain(row)) + " x",
          cli::in_words(static_cast<double>(measured.cpu_ns)),
          in_percent(measured.busy()),
          std::to_string(measured.thread_count),
          with_digits(measured.calls_per_second()),
          cli::in_words(static_cast<double>(measured.percentile_ns(0.99))),
          in_mebibytes(measured.peak_bytes),
          scenario.is_identical(row) ? "yes" : "NO"};
}

// The first cell to the left, the others to the right.
void print_rows(const std::vector<Cells>& rows, std::ostream& out) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Cells& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], row[column].size());
  }
  for (const Cells& row : rows) {
    out << "   ";
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string padding(widths[column] - row[column].size(), ' ');
      out << (column == 0 ? row[column] + padding : "   " + padding + row[column]);
    }
    out << "\n";
  }
}

// What is shown of a description.
constexpr std::size_t kDescriptionBytesMax = 70;

std::string shortened(const std::string& text) {
  return text.size() <= kDescriptionBytesMax ? text : text.substr(0, text.rfind(' ', kDescriptionBytesMax)) + " ...";
}

void print_questions(const Comparison& comparison, std::ostream& out) {
  if (!comparison.questions.empty()) out << "\nAsked of all of them, over HTTP\n";
  for (const Question& question : comparison.questions) {
    out << "   \"" << question.text << "\"\n";
    for (const cli::FoundText& found : question.found) {
      std::array<char, 16> score;
      std::snprintf(score.data(), score.size(), "%.3f", static_cast<double>(found.score));
      out << "      " << score.data() << "  " << found.name << ": " << shortened(found.description) << "\n";
    }
  }
}

}  // namespace

void print_table(const Comparison& comparison, std::ostream& out) {
  out << comparison.machine << "\n" << comparison.records << "\n";
  print_questions(comparison, out);
  for (const Scenario& scenario : comparison.scenarios) {
    out << "\n" << scenario.letter << "  " << scenario.title << "\n   " << scenario.about << "\n";
    std::vector<Cells> rows{
        {"", "wall", "gain", "CPU", "busy", "threads", "calls/s", "p99 call", "peak memory", "same answers"}};
    for (const Row& row : scenario.rows) rows.push_back(cells_of(scenario, row));
    print_rows(rows, out);
    out << "   -> " << scenario.lesson << "\n";
  }
  out << "\nThe ladder of waiting, measured here beside the seed's\n";
  std::vector<Cells> rows{{"", "here", "seed", "if an instruction took 1 s"}};
  for (const Rung& rung : comparison.ladder) {
    const double instruction_ns = comparison.ladder.front().measured_ns;
    const bool is_there = rung.measured_ns > 0;
    rows.push_back({rung.name, is_there ? cli::in_words(rung.measured_ns) : "-", cli::in_words(rung.stated_ns),
                    is_there ? cli::in_human_time(rung.measured_ns / instruction_ns) : "-"});
  }
  print_rows(rows, out);
  for (const Rung& rung : comparison.ladder) out << "   " << rung.name << ": " << rung.how << "\n";
  out << "\nbusy: CPU time as a share of one core's; two busy cores are 200 %. gain: against the first row.\n";
}

}  // namespace ringback::demo
