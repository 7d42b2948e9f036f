#include <sstream>
#include <utility>

#include "demo/comparison.h"

namespace ringback::demo {
namespace {

// Puts a comma before every call but the first.
class Comma {
 public:
  const char* operator()() { return std::exchange(is_first_, false) ? "" : ","; }

 private:
  bool is_first_ = true;
};

void write_event(std::ostream& out, Comma& comma, std::string_view phase, std::string_view name, std::size_t process,
                 std::size_t thread, std::int64_t ns, std::string_view more) {
  out << comma() << "\n{\"ph\":\"" << phase << "\",\"name\":" << in_json(name)
      << ",\"cat\":\"ringback\",\"pid\":" << process << ",\"tid\":" << thread
      << ",\"ts\":" << static_cast<double>(ns) / 1000.0 << more << "}";
}

void write_row(std::ostream& out, Comma& comma, std::size_t process, const Scenario& scenario, const Row& row) {
  const Measured& measured = row.measured;
  write_event(out, comma, "M", "process_name", process, 0, 0,
              ",\"args\":{\"name\":" + in_json(scenario.letter + " " + row.label) + "}");
  for (std::size_t thread = 0; thread < measured.threads.size(); ++thread) {
    write_event(out, comma, "M", "thread_name", process, thread + 1, 0,
                ",\"args\":{\"name\":" + in_json(measured.threads[thread]) + "}");
  }
  for (const WorkSpan& work : measured.works) {
    const double length_us = static_cast<double>(work.end_ns - work.begin_ns) / 1000.0;
    write_event(out, comma, "X", "work on call " + std::to_string(work.call), process, work.thread + 1, work.begin_ns,
                ",\"dur\":" + std::to_string(length_us));
  }
  for (std::size_t call = 0; call < measured.calls.size(); ++call) {
    const std::string name = "call " + std::to_string(call);
    const std::string id = ",\"id\":" + std::to_string(call + 1);
    write_event(out, comma, "b", name, process, 0, measured.calls[call].begin_ns, id);
    write_event(out, comma, "e", name, process, 0, measured.calls[call].end_ns, id);
  }
}

void write_figures(std::ostream& out, const Scenario& scenario, const Row& row) {
  const Measured& measured = row.measured;
  out << "{\"model\":" << in_json(row.label) << ",\"wall_ns\":" << measured.wall_ns << ",\"cpu_ns\":" << measured.cpu_ns
      << ",\"busy\":" << measured.busy() << ",\"threads\":" << measured.thread_count
      << ",\"calls_per_second\":" << measured.calls_per_second() << ",\"p50_ns\":" << measured.percentile_ns(0.5)
      << ",\"p99_ns\":" << measured.percentile_ns(0.99) << ",\"peak_bytes\":" << measured.peak_bytes
      << ",\"gain\":" << scenario.gain(row) << ",\"same_answers\":" << (scenario.is_identical(row) ? "true" : "false")
      << "}";
}

void write_questions(std::ostream& out, const Comparison& comparison) {
  out << "\"questions\":[";
  Comma between_questions;
  for (const Question& question : comparison.questions) {
    out << between_questions() << "\n{\"text\":" << in_json(question.text) << ",\"found\":[";
    Comma between_found;
    for (const cli::FoundText& found : question.found) {
      out << between_found() << "{\"score\":" << found.score << ",\"name\":" << in_json(found.name)
          << ",\"description\":" << in_json(found.description) << "}";
    }
    out << "]}";
  }
  out << "]";
}

}  // namespace

std::string to_trace(const Comparison& comparison) {
  std::ostringstream out;
  out.precision(15);
  out << "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[";
  Comma comma;
  std::size_t process = 0;
  for (const Scenario& scenario : comparison.scenarios) {
    for (const Row& row : scenario.rows) write_row(out, comma, ++process, scenario, row);
  }
  out << "\n]}\n";
  return out.str();
}

std::string to_json(const Comparison& comparison) {
  std::ostringstream out;
  out << "{\"machine\":" << in_json(comparison.machine) << ",\"records\":" << in_json(comparison.records)
      << ",\"same_answers\":" << (comparison.all_identical() ? "true" : "false") << ",\n";
  write_questions(out, comparison);
  out << ",\n\"scenarios\":[";
  Comma between_scenarios;
  for (const Scenario& scenario : comparison.scenarios) {
    out << between_scenarios() << "\n{\"letter\":" << in_json(scenario.letter)
        << ",\"title\":" << in_json(scenario.title) << ",\"lesson\":" << in_json(scenario.lesson) << ",\"rows\":[";
    Comma between_rows;
    for (const Row& row : scenario.rows) {
      out << between_rows() << "\n  ";
      write_figures(out, scenario, row);
    }
    out << "]}";
  }
  out << "],\n\"ladder\":[";
  Comma between_rungs;
  for (const Rung& rung : comparison.ladder) {
    out << between_rungs() << "\n{\"name\":" << in_json(rung.name) << ",\"measured_ns\":" << rung.measured_ns
        << ",\"stated_ns\":" << rung.stated_ns << ",\"how\":" << in_json(rung.how) << "}";
  }
  out << "]}\n";
  return out.str();
}

}  // namespace ringback::demo
