// Statements 31 and 32 of the contract, and what 1 and 9 mean for pipelines, in every model.

#include "tests/contract/pipeline_log.h"
#include "tests/contract/pipeline_parts.h"

namespace ringback {
namespace {

class Pipelines : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Pipelines);

TEST_P(Pipelines, work_on_batches_in_order_and_so_many_at_once_contract_31) {
  run_here([]() -> Task<> {
    auto flight = std::make_shared<InFlight>();
    const auto counted = stage("counted", [flight](int number) { return counted_twice(flight, number); });
    auto nothing = co_await counted.batch({});
    EXPECT_TRUE(nothing.empty());
    std::vector<int> inputs;
    for (int input = 0; input < 20; ++input) inputs.push_back(input);
    const BatchOptions three{.max_concurrency = 3};
    auto results = co_await counted.batch(inputs, three);
    for (int input = 0; input < 20; ++input) EXPECT_EQ(results[static_cast<std::size_t>(input)], 2 * input);
    EXPECT_EQ(flight->most, 3);
  });
}

Task<int> even_only(int number) {
  co_await yield();
  if (!is_even(number)) throw Error(ErrorKind::io, "stage", "odd");
  co_return number;
}

TEST_P(Pipelines, give_the_errors_of_a_batch_one_by_one_where_they_are_asked_to_contract_31) {
  run_here([]() -> Task<> {
    RunLog log;
    const auto even = stage("even", even_only);
    const BatchOptions two{.observers = {&log}, .max_concurrency = 2};
    auto outcomes = co_await even.batch_outcomes({2, 3, 4}, two);
    EXPECT_EQ(end_of(outcomes[0]), "ok");
    EXPECT_EQ(end_of(outcomes[1]), "io: stage: odd");
    EXPECT_EQ(end_of(outcomes[2]), "ok");
    EXPECT_EQ(log.count_of(RunEventKind::start), 3U);
    EXPECT_EQ(log.disorder(), "");
    auto failed = co_await outcome(even.batch({2, 3, 4}));
    EXPECT_EQ(end_of(failed), "io: stage: odd");
    auto nothing = co_await even.batch_outcomes({});
    EXPECT_TRUE(nothing.empty());
  });
}

TEST_P(Pipelines, defined_once_give_the_other_forms_contract_32) {
  run_here([]() -> Task<> {
    const auto one = two_steps();
    auto chunk = co_await stream::collect(one.stream(1));
    EXPECT_EQ(chunk, (std::vector<int>{4}));
    const auto many = stage("count", count_to);
    auto items = co_await many.ainvoke(3);
    EXPECT_EQ(items, (std::vector<int>{1, 2, 3}));
    auto batches = co_await many.batch({1, 2});
    EXPECT_EQ(batches, (std::vector<std::vector<int>>{{1}, {1, 2}}));
  });
}

TEST_P(Pipelines, run_a_blocking_stage_elsewhere_only_where_it_would_stall_a_loop_contract_32) {
  Pool pool({.threads = 1});
  const auto worker = spawn(pool, [] { return std::this_thread::get_id(); }).get();
  run_here([&]() -> Task<> {
    const auto where = blocking_stage("where", [](int) { return std::this_thread::get_id(); }, pool);
    const auto here = std::this_thread::get_id();
    auto there = co_await where.ainvoke(1);
    if (is_inline()) {
      EXPECT_EQ(there, here);
    }
    EXPECT_EQ(there == worker, !is_inline() && !is_pool());
  });
}

TEST_P(Pipelines, tell_the_same_of_one_program_in_every_model_contract_01) {
  run_here([]() -> Task<> {
    RunLog log;
    const auto route =
        branch("route", when(is_even, stage("halve", [](int number) { return number / 2; })), stage("plus", plus_one));
    const FailsOnce fails_once(std::make_shared<std::atomic<int>>(0));
    const auto all =
        (route | parallel(stage("a", twice), stage("b", plus_one)).with_name("both") | stage("sum of two", sum_of_two) |
         stage("once", fails_once).with_retry({.wait = {.first = 1ms, .jitter = 0}}) | stage("count", count_to) |
         buffered(2) | stage("twice", twice) | stage("sum", sum))
            .with_name("all");
    auto answer = co_await all.ainvoke(2, {.observers = {&log}});
    EXPECT_EQ(answer, 20);
    EXPECT_EQ(log.disorder(), "");
    EXPECT_EQ(log.run_by_run(),
              "a<both: start(1) end(2)\n"
              "all<-: start(2) step:route#1(1) step:both#2 step:sum of two#3(4) step:once#4(4) step:sum#5(20) end(20)\n"
              "b<both: start(1) end(2)\n"
              "both<all: start(1) end\n"
              "count<all: start(4) item#1(1) item#2(2) item#3(3) item#4(4) end\n"
              "halve<route: start(2) end(1)\n"
              "once<all: start(4) retry#2=stage: the first time end(4)\n"
              "route<all: start(2) end(1)\n"
              "sum of two<all: start end(4)\n"
              "sum<all: start end(20)\n"
              "twice<all: start(1) end(2)\n"
              "twice<all: start(2) end(4)\n"
              "twice<all: start(3) end(6)\n"
              "twice<all: start(4) end(8)\n");
  });
}

Stream<int> counted_items(std::shared_ptr<InFlight> flight, int last) {
  for (int number = 1; number <= last; ++number) {
    flight->enter();
    co_yield number;
  }
}

TEST_P(Pipelines, hold_a_stage_back_that_is_faster_than_the_next_contract_01) {
  run_here([&]() -> Task<> {
    for (std::size_t ahead : {1U, 4U}) {
      auto flight = std::make_shared<InFlight>();
      const auto slow = [flight](int number) { return leave_slowly(flight, number); };
      const auto all = stage("fast", [flight](int last) { return counted_items(flight, last); }) | buffered(ahead) |
                       stage("slow", slow);
      auto items = co_await all.ainvoke(40);
      EXPECT_EQ(items.size(), 40U);
      // Those that wait, and the one that the slow stage has.
      EXPECT_LE(flight->most, static_cast<int>(ahead) + 1);
      // On a real clock the slow stage may be done before the fast one has run ahead as far as it can.
      if (has_own_time()) {
        EXPECT_EQ(flight->most, static_cast<int>(ahead) + 1);
      }
    }
  });
}

TEST_P(Pipelines, stop_a_stage_at_its_limit_and_try_it_again_contract_09) {
  run_here([]() -> Task<> {
    RunLog log;
    const auto slow =
        stage("slow", endless).with_timeout(1ms).with_retry({.attempts = 2, .wait = {.first = 1ms, .jitter = 0}});
    auto end = co_await outcome(slow.ainvoke(1, {.observers = {&log}}));
    EXPECT_EQ(end_of(end), "timed_out");
    EXPECT_EQ(log.count_of(RunEventKind::retry), 1U);
    EXPECT_EQ(log.count_of(RunEventKind::error), 1U);
    EXPECT_EQ(log.size(), 3U) << log.text();
  });
}

}  // namespace
}  // namespace ringback
