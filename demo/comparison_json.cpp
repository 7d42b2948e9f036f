#include <utility>

#include "demo/comparison.h"
#include "vectordb/json/json_writer.h"

namespace ringback::demo {
namespace {

using vectordb::JsonWriter;

double microseconds(std::int64_t ns) { return static_cast<double>(ns) / 1000.0; }

// Where an event of the trace stands.
struct Lane {
  std::size_t process = 0;
  std::size_t thread = 0;
};

// Begins an event, which the caller may add to and ends. The keys are those of the trace event format.
void begin_event(JsonWriter& json, const char* phase, std::string_view name, Lane lane, std::int64_t ns) {
  json.begin_object().field("ph", phase).field("name", name).field("cat", "ringback");
  json.field("pid", lane.process).field("tid", lane.thread).field("ts", microseconds(ns));
}

void write_name(JsonWriter& json, const char* kind, Lane lane, std::string_view name) {
  begin_event(json, "M", kind, lane, 0);
  json.key("args").begin_object().field("name", name).end_object().end_object();
}

void write_events(JsonWriter& json, std::size_t process, const Scenario& scenario, const Row& row) {
  const Measured& measured = row.measured;
  write_name(json, "process_name", {process, 0}, scenario.letter + " " + row.label);
  for (std::size_t thread = 0; thread < measured.threads.size(); ++thread) {
    write_name(json, "thread_name", {process, thread + 1}, measured.threads[thread]);
  }
  for (const WorkSpan& work : measured.works) {
    begin_event(json, "X", "work on call " + std::to_string(work.call), {process, work.thread + 1}, work.begin_ns);
    json.field("dur", microseconds(work.end_ns - work.begin_ns)).end_object();
  }
  for (std::size_t call = 0; call < measured.calls.size(); ++call) {
    const std::string name = "call " + std::to_string(call);
    for (const auto& [phase, ns] :
         {std::pair{"b", measured.calls[call].begin_ns}, {"e", measured.calls[call].end_ns}}) {
      begin_event(json, phase, name, {process, 0}, ns);
      json.field("id", call + 1).end_object();
    }
  }
}

void write_row(JsonWriter& json, const Scenario& scenario, const Row& row) {
  const Measured& measured = row.measured;
  json.begin_object().field("model", row.label);
  json.field("wall_ns", measured.wall_ns).field("cpu_ns", measured.cpu_ns).field("busy", measured.busy());
  json.field("threads", measured.thread_count).field("calls_per_second", measured.calls_per_second());
  json.field("p50_ns", measured.percentile_ns(0.5)).field("p99_ns", measured.percentile_ns(0.99));
  json.field("peak_bytes", measured.peak_bytes).field("gain", scenario.gain(row));
  json.field("same_answers", scenario.is_identical(row)).end_object();
}

void write_question(JsonWriter& json, const Question& question) {
  json.begin_object().field("text", question.text).key("found").begin_array();
  for (const cli::FoundText& found : question.found) {
    json.begin_object().field("score", found.score).field("name", found.name);
    json.field("description", found.description).end_object();
  }
  json.end_array().end_object();
}

void write_scenario(JsonWriter& json, const Scenario& scenario) {
  json.begin_object().field("letter", scenario.letter).field("title", scenario.title);
  json.field("lesson", scenario.lesson).key("rows").begin_array();
  for (const Row& row : scenario.rows) write_row(json, scenario, row);
  json.end_array().end_object();
}

void write_rung(JsonWriter& json, const Rung& rung) {
  json.begin_object().field("name", rung.name).field("measured_ns", rung.measured_ns);
  json.field("textbook_ns", rung.textbook_ns).field("how", rung.how).end_object();
}

}  // namespace

std::string to_trace(const Comparison& comparison) {
  JsonWriter json;
  json.begin_object().field("displayTimeUnit", "ms").key("traceEvents").begin_array();
  std::size_t process = 0;
  for (const Scenario& scenario : comparison.scenarios) {
    for (const Row& row : scenario.rows) write_events(json, ++process, scenario, row);
  }
  json.end_array().end_object();
  return std::move(json).text() + "\n";
}

std::string to_json(const Comparison& comparison) {
  JsonWriter json;
  json.begin_object().field("machine", comparison.machine).field("records", comparison.records);
  json.field("same_answers", comparison.all_identical()).key("questions").begin_array();
  for (const Question& question : comparison.questions) write_question(json, question);
  json.end_array().key("scenarios").begin_array();
  for (const Scenario& scenario : comparison.scenarios) write_scenario(json, scenario);
  json.end_array().key("ladder").begin_array();
  for (const Rung& rung : comparison.ladder) write_rung(json, rung);
  json.end_array().end_object();
  return std::move(json).text() + "\n";
}

}  // namespace ringback::demo
