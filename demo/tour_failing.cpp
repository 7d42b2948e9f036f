#include <stdexcept>
#include <vector>

#include "demo/tour_sections.h"
#include "ringback/async/gather.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"

namespace ringback::demo {
namespace {

using namespace std::chrono_literals;

Task<std::string> might_fail(const TourWords& words, bool should_fail) {
  co_await sleep(100ms);
  if (should_fail) throw std::runtime_error(std::string(words.simulated_error));
  co_return std::string(words.success);
}

Task<> errors(Stage& stage) {
  const TourWords& words = stage.words();
  TimePoint start = stage.now();
  try {
    const std::string result = co_await might_fail(words, true);
    stage.line(words.result, {result});
  } catch (const std::runtime_error& error) {
    stage.line_with_time(words.caught, {error.what()}, stage.now() - start, "0.10s");
  }

  // Each end as a value: a failure is one of the results and stops nobody.
  start = stage.now();
  std::vector<Task<std::string>> tasks;
  for (const bool should_fail : {false, true, false}) tasks.push_back(might_fail(words, should_fail));
  const std::vector<Outcome<std::string>> outcomes = co_await gather_outcomes(std::move(tasks));
  const Duration took = stage.now() - start;
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    const Outcome<std::string>& outcome = outcomes[index];
    const std::string_view pattern = outcome.ok() ? words.task_succeeded : words.task_failed;
    const std::string text = outcome.ok() ? *outcome : outcome.failure().describe();
    if (index + 1 < outcomes.size()) {
      stage.line(pattern, {std::to_string(index), text});
    } else {
      stage.line_with_time(pattern, {std::to_string(index), text}, took, "0.10s");
    }
  }
}

Task<std::string> slow_operation(const TourWords& words) {
  co_await sleep(5s);
  co_return std::string(words.finished);
}

Task<> one_second_at_most(Stage& stage) {
  const TimePoint start = stage.now();
  try {
    const std::string value = co_await timeout(1s, slow_operation(stage.words()));
    stage.line(stage.words().result, {value});
  } catch (const TimeoutError&) {
    stage.line_with_time(stage.words().timed_out, {}, stage.now() - start, "1.00s");
  }
}

}  // namespace

void handling_errors(Stage& stage) {
  stage.line(stage.words().error_title);
  stage.on_loop(errors);
}

void timing_out(Stage& stage) {
  stage.line(stage.words().timeout_title);
  stage.on_loop(one_second_at_most);
}

}  // namespace ringback::demo
