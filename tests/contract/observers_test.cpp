// Statements 28 to 30 of the contract, in every model: what observers of pipelines hear.

#include "ringback/async/race.h"
#include "ringback/async/scope.h"
#include "ringback/testing/unhandled_log.h"
#include "tests/contract/pipeline_log.h"
#include "tests/contract/pipeline_parts.h"

namespace ringback {
namespace {

using testing::UnhandledLog;

class Observing : public InEveryModel {};
RINGBACK_IN_EVERY_MODEL(Observing);

TEST_P(Observing, tell_start_steps_and_one_end_contract_28) {
  run_here([]() -> Task<> {
    RunLog log;
    auto answer = co_await two_steps().ainvoke(1, {.observers = {&log}});
    EXPECT_EQ(answer, 4);
    EXPECT_EQ(log.text(),
              "start two<-(1) start plus<two(1) end plus<two(2) step two<-:plus#1(2) "
              "start twice<two(2) end twice<two(4) step two<-:twice#2(4) end two<-(4)");
  });
}

TEST_P(Observing, tell_an_error_of_each_run_it_fails_once_contract_28) {
  run_here([]() -> Task<> {
    RunLog log;
    const auto fails = (stage("plus", plus_one) | stage("broken", broken) | stage("never", plus_one)).with_name("all");
    auto end = co_await outcome(fails.ainvoke(1, {.observers = {&log}}));
    EXPECT_EQ(end_of(end), "io: stage: broke");
    EXPECT_EQ(log.text(),
              "start all<-(1) start plus<all(1) end plus<all(2) step all<-:plus#1(2) "
              "start broken<all(2) error broken<all=stage: broke error all<-=stage: broke");
  });
}

TEST_P(Observing, tell_a_cancellation_to_its_end_though_that_takes_awaits_contract_28) {
  run_here([]() -> Task<> {
    Record record;
    SlowLog slow(record);
    RunLog log;
    Event began;
    const auto last = stage("endless", [&began](int number) {
      began.set();
      return endless(number);
    });
    const auto never = (stage("plus", plus_one) | last).with_name("all");
    auto first = co_await race(never.ainvoke(1, {.observers = {&log, &slow}}), began.wait());
    EXPECT_EQ(first.index(), 1U);
    EXPECT_EQ(log.text(),
              "start all<-(1) start plus<all(1) end plus<all(2) step all<-:plus#1(2) start endless<all(2) "
              "cancelled endless<all=cancelled: sibling_failed cancelled all<-=cancelled: sibling_failed");
    EXPECT_EQ(record.text(), "start start end step start cancelled cancelled") << "each had been waited for";
  });
}

// Cancels the scope it is told of, at one event.
class CancelsAt final : public Observer {
 public:
  CancelsAt(Scope& scope, int at) : scope_(scope), at_(at) {}
  void on_event(const RunEvent& /*event*/) override {
    if (at_-- == 0) scope_.cancel();
  }

 private:
  Scope& scope_;
  int at_;
};

Task<> invoke_and_cancel_at(Scope& scope, int at, Observers others, std::string* end) {
  CancelsAt cancels(scope, at);
  const auto all = (stage("twice", twice) | stage("count", count_to) | stage("sum", sum) | stage("again", twice))
                       .with_retry()
                       .with_timeout(1h)
                       .with_name("all");
  InvokeOptions heard;
  heard.observers = std::move(others);
  heard.observers.insert(heard.observers.begin(), &cancels);
  auto ended = co_await outcome(all.ainvoke(1, std::move(heard)));
  *end = end_of(ended);
}

TEST_P(Observing, tell_one_end_wherever_they_are_cancelled_contract_28) {
  const UnhandledLog unhandled;
  run_here([]() -> Task<> {
    bool was_whole = false;
    for (int at = 0; !was_whole; ++at) {
      RunLog log;
      Record record;
      SlowLog slow(record);
      std::string end;
      const Observers others{&slow, &log};
      auto work = with_scope([&](Scope& scope) { return invoke_and_cancel_at(scope, at, others, &end); });
      std::ignore = co_await outcome(std::move(work));
      EXPECT_EQ(log.disorder(), "") << "cancelled at event " << at << ": " << log.text();
      EXPECT_EQ(slow.disorder(), "") << "cancelled at event " << at << ": " << log.text();
      was_whole = end == "ok" && static_cast<int>(log.size()) <= at;
      if (!was_whole && at + 1 < static_cast<int>(log.size())) {
        EXPECT_NE(end, "") << at;
      }
      EXPECT_LT(at, 100);
      if (at == 100) break;
    }
  });
  EXPECT_TRUE(unhandled.empty()) << unhandled.text();
}

TEST_P(Observing, tell_the_items_of_a_stream_and_how_it_was_left_contract_28) {
  run_here([]() -> Task<> {
    RunLog log;
    const auto count = (stage("count", count_to) | stage("twice", twice)).with_name("all");
    InvokeOptions heard{.observers = {&log}};
    auto items = co_await stream::collect(count.stream(2, heard));
    EXPECT_EQ(items, (std::vector<int>{2, 4}));
    EXPECT_EQ(
        log.text(),
        "start all<-(2) start count<all(2) item count<all#1(1) start twice<all(1) end twice<all(2) item all<-#1(2) "
        "item count<all#2(2) start twice<all(2) end twice<all(4) item all<-#2(4) end count<all end all<-");
    log.clear();
    auto first = co_await stream::collect(stream::take(count.stream(9, heard), 1));
    EXPECT_EQ(first, (std::vector<int>{2}));
    EXPECT_EQ(
        log.text(),
        "start all<-(9) start count<all(9) item count<all#1(1) start twice<all(1) end twice<all(2) item all<-#1(2) "
        "cancelled count<all=cancelled: requested cancelled all<-=cancelled: requested");
    log.clear();
    const auto breaks = (stage("count", fails_after) | buffered(3) | stage("twice", twice)).with_name("all");
    auto end = co_await outcome(stream::collect(breaks.stream(1, heard)));
    EXPECT_EQ(end_of(end), "io: stream: broke");
    EXPECT_EQ(log.of_runs({"count"}), "start count<all(1) item count<all#1(1) error count<all=stream: broke");
    EXPECT_EQ(log.of_runs({"all"}), "start all<-(1) item all<-#1(2) error all<-=stream: broke");
    EXPECT_EQ(log.disorder(), "");
  });
}

TEST_P(Observing, whose_streams_are_abandoned_are_cancelled_before_their_model_ends_contract_28) {
  const UnhandledLog unhandled;
  RunLog log;
  run_here([&]() -> Task<> {
    const auto count = (stage("count", count_to) | buffered(2) | stage("twice", twice)).with_name("all");
    InvokeOptions heard{.observers = {&log}};
    Stream<int> items = count.stream(1000, heard);
    auto first = co_await items.next();
    EXPECT_EQ(first, 2);
    Stream<int> never_pulled = count.stream(1000, heard);
  });
  EXPECT_EQ(log.disorder(), "") << log.text();
  EXPECT_EQ(log.of_runs({"all"}), "start all<-(1000) item all<-#1(2) cancelled all<-=cancelled: requested");
  EXPECT_TRUE(unhandled.empty()) << unhandled.text();
}

Task<int> invoke_inside(int number) {
  static const Pipeline<int, int> inner = two_steps().with_name("inner");
  co_return co_await inner.ainvoke(number);
}
Task<int> spawn_inside(int number) {
  static const Pipeline<int, int> spawned = stage("spawned", twice);
  Future<int> future = spawned.submit(executor_here(), number);
  co_return co_await future;
}

TEST_P(Observing, invoked_inside_a_stage_are_parts_of_its_run_contract_29) {
  if (is_inline()) return;  // submit() to the inline loop from inside is refused.
  run_here([]() -> Task<> {
    RunLog log;
    const auto outer = (stage("inside", invoke_inside) | stage("spawns", spawn_inside)).with_name("outer");
    auto answer = co_await outer.ainvoke(1, {.observers = {&log}});
    EXPECT_EQ(answer, 8);
    EXPECT_EQ(
        log.text(),
        "start outer<-(1) start inside<outer(1) start inner<inside(1) start plus<inner(1) end plus<inner(2) "
        "step inner<inside:plus#1(2) start twice<inner(2) end twice<inner(4) step inner<inside:twice#2(4) "
        "end inner<inside(4) end inside<outer(4) step outer<-:inside#1(4) start spawns<outer(4) "
        "start spawned<spawns(4) end spawned<spawns(8) end spawns<outer(8) step outer<-:spawns#2(8) end outer<-(8)");
  });
}

TEST_P(Observing, tell_local_observers_their_own_runs_only_contract_29) {
  run_here([]() -> Task<> {
    RunLog of_inner;
    RunLog of_all;
    const auto inner = two_steps().with_name("inner").with_observers({&of_inner});
    const auto outer = (stage("inside", invoke_inside) | inner).with_name("outer").with_observers({&of_all});
    std::ignore = co_await outer.ainvoke(1);
    EXPECT_EQ(of_all.text(), "start outer<-(1) step outer<-:inside#1(4) step outer<-:inner#2(10) end outer<-(10)");
    // Its parent's events went to others, so that it knows its number only.
    EXPECT_EQ(of_inner.text(), "start inner<?(4) step inner<?:plus#1(5) step inner<?:twice#2(10) end inner<?(10)");
    EXPECT_EQ(of_inner.parents(), of_all.runs());
  });
}

class InvokesItself final : public AsyncObserver {
 public:
  explicit InvokesItself(Pipeline<int, int> pipeline) : pipeline_(std::move(pipeline)) {}
  Task<> on_event(RunEvent /*event*/) override {
    int answer = co_await pipeline_.ainvoke(10);
    answers_ += answer;
  }
  int answers() const { return answers_; }

 private:
  const Pipeline<int, int> pipeline_;
  int answers_ = 0;
};

TEST_P(Observing, that_an_observer_invokes_stand_by_themselves_contract_29) {
  run_here([]() -> Task<> {
    RunLog of_inner;
    const auto pipeline = two_steps().with_observers({&of_inner});
    InvokesItself observer(pipeline);
    std::ignore = co_await pipeline.ainvoke(1, {.observers = {&observer}});
    EXPECT_EQ(observer.answers(), 8 * 22) << "once for each event of the run and its two stages";
    EXPECT_EQ(of_inner.disorder(), "");
    EXPECT_EQ(of_inner.count("start two<-(10)"), 8U) << of_inner.text();
  });
}

// Throws at one kind of event.
class ThrowsAt : public Observer {
 public:
  explicit ThrowsAt(RunEventKind at, bool is_fatal = false) : at_(at), is_fatal_(is_fatal) {}
  void on_event(const RunEvent& event) override {
    if (event.kind == at_) throw Error(ErrorKind::io, "observer", to_string(at_));
  }
  bool is_fatal() const noexcept override { return is_fatal_; }

 private:
  const RunEventKind at_;
  const bool is_fatal_;
};
class ThrowsAtLater final : public AsyncObserver {
 public:
  explicit ThrowsAtLater(RunEventKind at, bool is_fatal = false) : throws_(at, is_fatal) {}
  Task<> on_event(RunEvent event) override {
    co_await yield();
    throws_.on_event(event);
  }
  bool is_fatal() const noexcept override { return throws_.is_fatal(); }

 private:
  ThrowsAt throws_;
};

// Every kind of event is told of it, but for `error` and `cancelled`.
Pipeline<int, int> every_kind() {
  const FailsOnce fails_once(std::make_shared<std::atomic<int>>(0));
  return (stage("once", fails_once).with_retry({.wait = {.first = 1ms}}) | stage("count", count_to) | stage("sum", sum))
      .with_name("all");
}

TEST_P(Observing, report_what_an_observer_throws_and_go_on_contract_30) {
  using enum RunEventKind;
  for (RunEventKind kind : {start, step, item, retry, end}) {
    const UnhandledLog unhandled;
    run_here([&]() -> Task<> {
      RunLog log;
      ThrowsAt throws(kind);
      ThrowsAtLater throws_later(kind);
      InvokeOptions heard{.observers = {&throws, &throws_later, &log}};
      const auto all = every_kind();
      auto answer = co_await all.ainvoke(3, std::move(heard));
      EXPECT_EQ(answer, 6);
      EXPECT_EQ(log.disorder(), "") << log.text();
      EXPECT_EQ(unhandled.size(), 2 * log.count_of(kind)) << unhandled.text();
      EXPECT_GE(log.count_of(kind), 1U);
    });
  }
}

TEST_P(Observing, fail_with_what_a_fatal_observer_throws_contract_30) {
  using enum RunEventKind;
  for (RunEventKind kind : {start, step, item, retry, end}) {
    const UnhandledLog unhandled;
    run_here([&]() -> Task<> {
      for (int is_async : {0, 1}) {
        RunLog log;
        ThrowsAt throws(kind, true);
        ThrowsAtLater throws_later(kind, true);
        InvokeOptions heard{.observers = {&throws, &log}};
        if (is_async == 1) heard.observers.front() = &throws_later;
        const auto all = every_kind();
        auto answer = co_await outcome(all.ainvoke(3, std::move(heard)));
        EXPECT_EQ(end_of(answer), "io: observer: " + std::string(to_string(kind)));
        EXPECT_EQ(log.disorder(), "") << log.text();
        EXPECT_EQ(log.count_of(kind), 1U) << log.text();
      }
    });
    EXPECT_TRUE(unhandled.empty()) << unhandled.text();
  }
}

TEST_P(Observing, keep_their_own_error_where_a_fatal_observer_throws_at_it_contract_30) {
  const UnhandledLog unhandled;
  run_here([&]() -> Task<> {
    ThrowsAt at_error(RunEventKind::error, true);
    InvokeOptions heard{.observers = {&at_error}};
    const auto fails = stage("broken", broken);
    auto end = co_await outcome(fails.ainvoke(1, heard));
    EXPECT_EQ(end_of(end), "io: stage: broke");
    const auto suppressed = end.failure().error()->suppressed();
    EXPECT_EQ(suppressed.size(), 1U);
    ThrowsAt at_cancelled(RunEventKind::cancelled, true);
    const auto never = stage("endless", endless);
    heard.observers = {&at_cancelled};
    auto stopped = co_await outcome(timeout(1ms, never.ainvoke(1, heard)));
    EXPECT_EQ(end_of(stopped), "timed_out");
    EXPECT_EQ(unhandled.size(), 1U) << unhandled.text();
  });
}

TEST_P(Observing, await_asynchronous_observers_in_order_before_they_go_on_contract_30) {
  Record record;
  run_here([&]() -> Task<> {
    SlowLog first(record, "1");
    SlowLog second(record, "2");
    InvokeOptions heard{.observers = {&first, &second}};
    const auto one = stage("twice", twice);
    std::ignore = co_await one.ainvoke(1, std::move(heard));
    record.note("on");
  });
  EXPECT_EQ(record.text(), "1start 2start 1end 2end on");
}

}  // namespace
}  // namespace ringback
