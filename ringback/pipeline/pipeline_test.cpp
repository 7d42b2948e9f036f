#include "ringback/pipeline/pipeline.h"

#include <gtest/gtest.h>

#include "ringback/async/run.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"
#include "ringback/pipeline/branch.h"
#include "ringback/pipeline/stage.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;

int length(const std::string& text) { return static_cast<int>(text.size()); }
Task<int> twice(int number) {
  co_await yield();
  co_return 2 * number;
}
Stream<int> count_to(int last) {
  for (int number = 1; number <= last; ++number) co_yield number;
}
Stream<std::string> letters(const std::string& text) {
  for (char letter : text) co_yield std::string(1, letter);
}
int sum(const std::vector<int>& numbers) {
  int all = 0;
  for (int number : numbers) all += number;
  return all;
}
std::string joined(int number, const std::string& text) { return std::to_string(number) + text; }

TEST(Pipelines, run_in_every_way_from_one_definition_contract_32) {
  const auto doubled = stage("length", length) | stage("twice", twice);
  static_assert(std::is_same_v<decltype(doubled), const Pipeline<std::string, int>>);
  EXPECT_EQ(doubled.invoke("four"), 8);
  Pool pool({.threads = 2});
  EXPECT_EQ(doubled.submit(pool, "four").get(), 8);
  EXPECT_EQ(doubled.submit(Inline{}, "four").get(), 8);
  EXPECT_EQ(wait(doubled.batch({"a", "bb"})), (std::vector<int>{2, 4}));
  EXPECT_EQ(wait(stream::collect(doubled.stream("four"))), (std::vector<int>{8}));
}

TEST(Pipelines, connect_streams_by_item_whole_or_all_at_once) {
  const auto by_item = stage("count", count_to) | buffered(2) | stage("twice", twice);
  static_assert(std::is_same_v<decltype(by_item), const Pipeline<int, Stream<int>>>);
  EXPECT_EQ(by_item.invoke(3), (std::vector<int>{2, 4, 6}));
  const auto total = by_item | stage("sum", sum);
  EXPECT_EQ(total.invoke(3), 12);
  const auto nested = stage("count", count_to) | stage("count again", count_to);
  EXPECT_EQ(nested.invoke(3), (std::vector<int>{1, 1, 2, 1, 2, 3}));
  EXPECT_EQ(stage("letters", letters).invoke("abc"), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Pipelines, part_and_meet) {
  const auto both = parallel(stage("length", length), stage("same", [](std::string text) { return text; }));
  EXPECT_EQ((both | stage("joined", joined)).invoke("abc"), "3abc");
  const auto each = stage("count", count_to) | parallel_map(stage("twice", twice), 2);
  EXPECT_EQ(each.invoke(3), (std::vector<int>{2, 4, 6}));
  const auto way = branch("odd or even", when([](int number) { return number % 2 == 0; }, stage("twice", twice)),
                          stage("same", [](int number) { return number; }));
  EXPECT_EQ(way.invoke(4), 8);
  EXPECT_EQ(way.invoke(3), 3);
}

// What stands between two stages, as types.
static_assert(internal::connection<int, long>() == internal::Connection::direct);
static_assert(internal::connection<Stream<int>, Stream<int>>() == internal::Connection::direct);
static_assert(internal::connection<Stream<int>, int>() == internal::Connection::each_item);
static_assert(internal::connection<Stream<int>, std::vector<int>>() == internal::Connection::all_items);
static_assert(!internal::Connects<std::string, int>);
static_assert(!internal::Connects<Stream<std::string>, int>);
static_assert(!internal::Connects<void, int>);

TEST(Stages, take_functions_of_every_shape) {
  EXPECT_EQ(stage<std::string>("generic", [](const auto& text) { return text.size(); }).invoke("abc"), 3U);
  EXPECT_EQ(stage("free", &length).invoke("abc"), 3);
  const auto two = stage("two", [](int number, const std::string& text) -> Task<std::string> {
    co_await yield();
    co_return joined(number, text);
  });
  EXPECT_EQ(two.invoke({1, std::string(100, 'a')}), "1" + std::string(100, 'a')) << "kept, too";
  const auto by_reference = stage("by reference", [](const std::string& text) -> Task<int> {
    co_await yield();  // The argument is kept meanwhile.
    co_return length(text);
  });
  EXPECT_EQ(by_reference.invoke(std::string(100, 'x')), 100);
  const auto moved = stage("moved", [](std::unique_ptr<int> number) { return number; });
  EXPECT_EQ(*moved.invoke(std::make_unique<int>(7)), 7);
  int seen = 0;
  const auto nothing = stage("nothing", twice) | stage("seen", [&seen](int number) { seen = number; });
  nothing.invoke(2);
  EXPECT_EQ(seen, 4);
  EXPECT_EQ(stage("timed", [](int number) { return timeout(1h, twice(number)); }).invoke(2), 4);
}

TEST(Stages, that_throw_where_they_are_called_fail_like_any) {
  const auto throws = stage("throws", [](int) -> Task<int> { throw Error(ErrorKind::invalid, "stage", "no"); });
  const auto both = parallel(throws, stage("twice", twice));
  EXPECT_THROW(both.invoke(1), Error);
  EXPECT_THROW(wait(stream::collect(throws.stream(1))), Error);
}

Task<int> when_set(Event* event, int number) {
  co_await event->wait();
  co_return number;
}

TEST(Pipelines, may_die_while_what_they_began_runs) {
  Pool pool({.threads = 1});
  Event goes_on;
  auto kept = std::make_shared<int>(1);
  const std::weak_ptr<int> is_alive = kept;
  std::optional<Future<int>> future;
  std::optional<Stream<int>> items;
  {
    const auto waits =
        stage("waits", [kept = std::move(kept), &goes_on](int number) { return when_set(&goes_on, *kept + number); });
    future = waits.submit(pool, 1);
    items = (stage("count", count_to) | waits).stream(1);
  }
  EXPECT_FALSE(is_alive.expired());
  goes_on.set();
  EXPECT_EQ(future->get(), 2);
  EXPECT_EQ(wait(items->next()), 2);
  wait(items->close());
  items.reset();
  pool.shutdown();
  future.reset();
  EXPECT_TRUE(is_alive.expired());
}

class NotesThread final : public AsyncObserver {
 public:
  Task<> on_event(RunEvent /*event*/) override {
    co_await sleep(100us);
    threads.push_back(std::this_thread::get_id());
  }
  std::vector<std::thread::id> threads;
};

TEST(Pipelines, drive_asynchronous_observers_on_the_thread_that_invokes_contract_30) {
  NotesThread notes;
  const auto one = stage("twice", twice);
  EXPECT_EQ(one.invoke(1, {.observers = {&notes}}), 2);
  EXPECT_EQ(notes.threads, std::vector<std::thread::id>(2, std::this_thread::get_id()));
}

class CountsRuns final : public Observer {
 public:
  void on_start(const RunEvent& event) override {
    names += std::string(event.name) + (event.parent == RunId::none ? " " : "* ");
  }
  std::string names;
};

TEST(Pipelines, invoked_by_a_blocking_stage_on_a_worker_are_parts_of_its_run_contract_29) {
  Pool pool({.threads = 2});
  const auto inner = stage("inner", twice);
  const auto blocks = blocking_stage("blocks", [inner](int number) { return inner.invoke(number); }, pool);
  auto counts = std::make_shared<CountsRuns>();
  EXPECT_EQ(blocks.submit(pool, 2, {.observers = {counts}}).get(), 4);
  EXPECT_EQ(counts->names, "blocks inner* ");
  counts->names.clear();
  const auto from_a_loop = [](Pipeline<int, int> blocks, std::shared_ptr<CountsRuns> counts) -> Task<int> {
    co_return co_await blocks.ainvoke(3, {.observers = {counts}});
  };
  EXPECT_EQ(run(from_a_loop(blocks, counts)), 6);
  EXPECT_EQ(counts->names, "blocks inner* ");
}

// Submits the pipeline that it hears of, at every event.
class Resubmits final : public Observer {
 public:
  Resubmits(Pool& pool, Pipeline<int, int> pipeline) : pool_(pool), pipeline_(std::move(pipeline)) {}
  void on_event(const RunEvent& /*event*/) override {
    ++events;
    again.push_back(pipeline_.submit(pool_, 1));
  }
  int events = 0;
  std::vector<Future<int>> again;

 private:
  Pool& pool_;
  const Pipeline<int, int> pipeline_;
};

TEST(Pipelines, submitted_by_an_observer_do_not_tell_it_again_contract_29) {
  Pool pool({.threads = 1});
  const auto one = stage("one", twice) | stage("two", twice);
  Resubmits observer(pool, one);
  EXPECT_EQ(one.submit(pool, 1, {.observers = {&observer}}).get(), 4);
  pool.shutdown();
  EXPECT_EQ(observer.events, 8);
  for (Future<int>& future : observer.again) EXPECT_EQ(future.get(), 4);
}

TEST(Pipelines, are_cancelled_before_their_first_step_without_a_word_contract_13) {
  CountsRuns counts;
  const auto one = stage("twice", twice);
  const auto cancelled = [](Pipeline<int, int> one, Observer* observer) -> Task<int> {
    InvokeOptions heard{.observers = {observer}};
    auto work = one.ainvoke(1, std::move(heard));
    auto ended = co_await outcome(with_scope([&](Scope& scope) -> Task<> {
      scope.cancel();
      co_await std::move(work);
    }));
    co_return ended.ok() ? 1 : 0;
  };
  EXPECT_EQ(wait(cancelled(one, &counts)), 0);
  EXPECT_EQ(counts.names, "");
}

}  // namespace
}  // namespace ringback
