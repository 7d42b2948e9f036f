#include "cli/measure.h"

#include <array>
#include <cstdio>
#include <istream>
#include <iterator>
#include <optional>
#include <ostream>

#include "cli/digest.h"
#include "cli/document_client.h"
#include "cli/recorder.h"
#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"

namespace ringback::cli {
namespace {

using namespace std::chrono_literals;

// What all calls of a job share.
struct Work {
  explicit Work(const Plan& the_plan) : plan(the_plan), client(the_plan.port), recorder(the_plan.calls()) {}

  const Plan& plan;
  DocumentClient client;
  Recorder recorder;
};

std::string in_hexadecimal(std::uint64_t number) {
  std::array<char, 20> text;
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

Task<std::string> look_up(Work& work, std::size_t index) {
  const Recorder::Call call(work.recorder, index);
  std::string document = co_await work.client.ask(work.plan.names[index], work.plan.latency);
  const Recorder::Work computing(work.recorder, index);
  document += "digest: " + in_hexadecimal(digest(document, work.plan.work_bytes)) + "\n";
  co_return document;
}

Task<std::string> sum_up(Work& work, std::size_t index) {
  const Recorder::Call call(work.recorder, index);
  const Recorder::Work computing(work.recorder, index);
  co_return std::to_string(sum_of_squares());
}

// Users in a hurry, one every 10 ms, while the slow call of the first is under way.
Task<std::string> look_up_at(Work& work, std::size_t index) {
  const Duration start = index * 10ms;
  const Duration latency = index == 0 ? work.plan.slow : work.plan.latency;
  co_await sleep(start);
  const Recorder::Call call(work.recorder, index);
  co_return co_await work.client.ask_once(work.plan.names[index], latency);
}

Task<std::string> one_call(Work& work, std::size_t index) {
  switch (work.plan.job) {
    case Job::lookups: return look_up(work, index);
    case Job::sums: return sum_up(work, index);
    case Job::response: return look_up_at(work, index);
  }
  throw Error(ErrorKind::invalid, "measure", "there is no such job");
}

Task<std::vector<std::string>> all_calls(Work& work) {
  std::vector<Task<std::string>> calls;
  calls.reserve(work.plan.calls());
  for (std::size_t index = 0; index < work.plan.calls(); ++index) calls.push_back(one_call(work, index));
  co_return co_await gather(std::move(calls));
}

std::vector<std::string> one_after_another(Work& work) {
  std::vector<std::string> answers;
  answers.reserve(work.plan.calls());
  for (std::size_t index = 0; index < work.plan.calls(); ++index) answers.push_back(wait(one_call(work, index)));
  return answers;
}

}  // namespace

// The same operations three times; only the place differs, and with it who waits.
Measured carry_out(const Plan& plan) {
  Work work(plan);
  std::vector<std::string> answers;
  std::optional<Pool> pool;
  if (plan.model == Model::pool) pool.emplace();
  Measured measured = work.recorder.measure([&] {
    switch (plan.model) {
      case Model::in_line: answers = one_after_another(work); break;
      case Model::loop: answers = run(all_calls(work)); break;
      case Model::pool: answers = wait(on(*pool, all_calls(work))); break;
    }
  });
  measured.answers = std::move(answers);
  return measured;
}

int measure_command(std::istream& in, std::ostream& out) {
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const Plan plan = Plan::from_text(text);
  out << carry_out(plan).to_text() << std::flush;
  return 0;
}

}  // namespace ringback::cli
