#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>

#include "cli/figures.h"
#include "cli/text_columns.h"
#include "demo/comparison.h"

namespace ringback::demo {
namespace {

using Cells = std::vector<std::string>;

constexpr std::size_t kIndent = 3;

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
          with_digits(static_cast<double>(measured.peak_bytes) / (1024.0 * 1024.0))};
}

// The first cell to the left, the others to the right.
void print_rows(const std::vector<Cells>& rows, std::ostream& out) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Cells& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], row[column].size());
  }
  for (const Cells& row : rows) {
    out << std::string(kIndent, ' ');
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string padding(widths[column] - row[column].size(), ' ');
      out << (column == 0 ? row[column] + padding : "  " + padding + row[column]);
    }
    out << "\n";
  }
}

void print_sentence(const std::string& first, const std::string& sentence, std::ostream& out) {
  out << std::string(kIndent, ' ') << first << cli::wrapped(sentence, kIndent + first.size()) << "\n";
}

void print_questions(const Comparison& comparison, std::ostream& out) {
  if (!comparison.questions.empty()) out << "\nAsked of all of them, over HTTP\n";
  for (const Question& question : comparison.questions) {
    out << "   \"" << question.text << "\"\n";
    for (const cli::FoundText& found : question.found) {
      std::array<char, 16> score;
      std::snprintf(score.data(), score.size(), "%.3f", static_cast<double>(found.score));
      const std::string line = std::string("      ") + score.data() + "  " + found.name + ": " + found.description;
      out << cli::cut_to(line, cli::kLineColumns) << "\n";
    }
  }
}

void print_scenario(const Scenario& scenario, std::ostream& out) {
  out << "\n" << scenario.letter << "  " << cli::wrapped(scenario.title, kIndent) << "\n";
  print_sentence("", scenario.about, out);
  std::vector<Cells> rows{{"", "wall", "gain", "CPU", "busy", "threads", "calls/s", "p99", "MiB"}};
  for (const Row& row : scenario.rows) rows.push_back(cells_of(scenario, row));
  print_rows(rows, out);
  print_sentence("-> ", scenario.lesson, out);
  for (const Row& row : scenario.rows) {
    if (!scenario.is_identical(row)) {
      print_sentence("!! ", row.label + " gave OTHER ANSWERS than " + scenario.rows.front().label + ".", out);
    }
  }
}

void print_ladder(const std::vector<Rung>& ladder, std::ostream& out) {
  out << "\nThe ladder of waiting: measured here, and the figures of the textbook\n";
  std::vector<Cells> rows{{"", "here", "textbook", "if an instruction took 1 s"}};
  for (const Rung& rung : ladder) {
    const double instruction_ns = ladder.front().measured_ns;
    const bool is_there = rung.measured_ns > 0;
    rows.push_back({rung.name, is_there ? cli::in_words(rung.measured_ns) : "-", cli::in_words(rung.textbook_ns),
                    is_there ? cli::in_human_time(rung.measured_ns / instruction_ns) : "-"});
  }
  print_rows(rows, out);
  for (const Rung& rung : ladder) print_sentence(rung.name + ": ", rung.how, out);
}

constexpr const char* kLegend =
    "gain: how many times as fast as the first row. busy: CPU as a share of one core's time; two busy cores are 200 %. "
    "p99: 99 of 100 calls were answered within it. MiB: the most memory that was resident. textbook: the round "
    "figures that introductions to asynchronous programming give.";

}  // namespace

void print_table(const Comparison& comparison, std::ostream& out) {
  out << cli::wrapped(comparison.machine, 0) << "\n" << cli::wrapped(comparison.records, 0) << "\n";
  print_questions(comparison, out);
  for (const Scenario& scenario : comparison.scenarios) print_scenario(scenario, out);
  out << "\n"
      << (comparison.all_identical() ? "Every row gave the same answers, byte for byte." : "The rows' answers DIFFER.")
      << "\n";
  print_ladder(comparison.ladder, out);
  out << "\n" << cli::wrapped(kLegend, 0) << "\n";
}

}  // namespace ringback::demo
