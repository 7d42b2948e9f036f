// Who runs: depth first through all choices, each run from the beginning along a path of them.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "tests/interleaving/machine.h"

namespace ringback::interleaving {

thread_local ModelThread* me = nullptr;

namespace {

// What a choice other than the first costs.
enum class Cost : std::uint8_t { nothing, preemption, late_store };

struct Choice {
  unsigned taken;
  unsigned count;
  Cost cost;
};

struct Step {
  unsigned thread;
  const char* what;
  const void* where;
  const void* pc;
};

class Search {
 public:
  Bounds bounds;
  std::vector<Choice> path;
  std::size_t at = 0;
  std::array<unsigned, 3> spent{};
  std::vector<std::unique_ptr<ModelThread>> threads;
  std::vector<Step> steps;
  bool is_calm = false;
  bool replays = false;
  std::vector<std::pair<std::size_t, unsigned>> replayed;  // choices other than the first, in order
  std::size_t replayed_at = 0;                             // how many of them were taken
  const std::function<void(Case&)>* body = nullptr;
  Explored result;
  Baton over;

  unsigned choose(Cost cost, std::size_t count);
  unsigned next_replayed();
  bool next_path();
  void begin_run();
  std::string report(const std::string& what);
};

Search* search = nullptr;

unsigned bound_of(Cost cost) {
  return cost == Cost::preemption ? search->bounds.preemptions : search->bounds.late_stores;
}

constexpr const char* kNoSuchOrder = "the schedule is no order of this case: it is of another one, or of another build";

unsigned Search::next_replayed() {
  if (replayed_at == replayed.size() || replayed[replayed_at].first != at) return 0;
  return replayed[replayed_at++].second;
}

// The first is the one that costs nothing: to go on.
unsigned Search::choose(Cost cost, std::size_t count) {
  if (count < 2 || is_calm) return 0;
  unsigned& used = spent[static_cast<std::size_t>(cost)];
  if (cost != Cost::nothing && used >= bound_of(cost)) return 0;
  if (at == path.size()) {
    path.push_back({next_replayed(), static_cast<unsigned>(count), cost});
  }
  const Choice& choice = path[at++];
  if (choice.taken >= count && replays) fail(kNoSuchOrder);
  if (choice.count != count || choice.cost != cost) {
    fail("the case is not the same each time: something in it depends on time, chance or addresses");
  }
  if (choice.taken != 0) ++used;
  return choice.taken;
}

bool Search::next_path() {
  for (; !path.empty(); path.pop_back()) {
    Choice& last = path.back();
    if (++last.taken < last.count) return true;
  }
  return false;
}

void Search::begin_run() {
  at = replayed_at = 0;
  spent = {};
  steps.clear();
  is_calm = false;
  threads.clear();
  forget_system_calls();
}

bool has_news(const ModelThread& thread) {
  return std::any_of(search->threads.begin(), search->threads.end(),
                     [&](const auto& other) { return other.get() != &thread && other->wrote_at > thread.paused_at; });
}

bool may_run(const ModelThread& thread) {
  return thread.rest == Rest::none || (thread.rest == Rest::pause && has_news(thread));
}

// In turn, beginning after the one that runs.
std::vector<ModelThread*>& others_that_may_run() {
  static std::vector<ModelThread*> found;
  found.clear();
  const std::size_t count = search->threads.size();
  for (std::size_t step = 1; step < count; ++step) {
    ModelThread& thread = *search->threads[(me->id + step) % count];
    if (may_run(thread)) found.push_back(&thread);
  }
  return found;
}

void note_step(const char* what, const void* where, const void* pc) {
  search->steps.push_back({me->id, what, where, pc});
  if (search->steps.size() > search->bounds.steps_max) fail("it does not end");
}

// One that waits until nobody else can go on.
ModelThread* settling() {
  for (const auto& thread : search->threads) {
    if (thread->rest == Rest::sleep && thread->sleeps_on == search) return thread.get();
  }
  return nullptr;
}

void hand_over(ModelThread& next) {
  next.baton.give();
  if (me->rest != Rest::ended) me->baton.take();
}

// This thread cannot go on.
void let_others_go_on() {
  auto& others = others_that_may_run();
  const Cost cost = search->bounds.counts_every_switch ? Cost::preemption : Cost::nothing;
  if (!others.empty()) return hand_over(*others[search->choose(cost, others.size())]);
  ModelThread* const next = settling();
  if (next == nullptr) fail("nobody can go on: a wake-up was lost, or they wait for one another");
  next->rest = Rest::none;
  if (next != me) hand_over(*next);
}

std::string schedule_text(const Search& from) {
  std::string text = "p" + std::to_string(from.bounds.preemptions) + ",l" + std::to_string(from.bounds.late_stores);
  for (std::size_t i = 0; i < from.at; ++i) {
    if (from.path[i].taken != 0) text += "," + std::to_string(i) + ":" + std::to_string(from.path[i].taken);
  }
  return text;
}

void add_steps(std::string& text, const std::vector<Step>& steps, std::size_t first) {
  std::vector<const void*> pcs;
  for (std::size_t i = first; i < steps.size(); ++i) pcs.push_back(steps[i].pc);
  const std::vector<std::string> names = names_of(pcs);
  for (std::size_t i = first; i < steps.size(); ++i) {
    char line[160];
    std::snprintf(line, sizeof line, "  %4zu  %-12s %-10s %14p  ", i, search->threads[steps[i].thread]->name,
                  steps[i].what, steps[i].where);
    text.append(line).append(names[i - first]).append("\n");
  }
}

std::string Search::report(const std::string& what) {
  constexpr std::size_t kStepsShown = 70;
  std::string text = what + "\n";
  if (replayed_at != replayed.size()) text += "before the schedule ends: it is of another build, or of another case\n";
  add_steps(text, steps, steps.size() > kStepsShown ? steps.size() - kStepsShown : 0);
  return text;
}

}  // namespace

void fail(const std::string& what) noexcept {
  ++me->inside;
  search->result.report = search->report("[" + std::string(me->name) + "] " + what);
  search->result.schedule = schedule_text(*search);
  search->over.give();
  for (;;) pause();  // The others never get the baton again.
}

void before_step(const char* what, const void* where, const void* pc) noexcept {
  auto& others = others_that_may_run();
  if (const unsigned chosen = search->choose(Cost::preemption, others.size() + 1); chosen != 0) {
    hand_over(*others[chosen - 1]);
    show_late_stores();
  }
  note_step(what, where, pc);
}

void has_written() noexcept { me->wrote_at = search->steps.size(); }

void pause_step(const void* pc) noexcept {
  show_late_stores();
  note_step("pause", nullptr, pc);
  if (!has_news(*me)) {
    me->rest = Rest::pause;
    let_others_go_on();
    me->rest = Rest::none;
  }
  me->paused_at = search->steps.size();
}

namespace {

void sleep_until_woken(const void* address) {
  me->rest = Rest::sleep;
  me->sleeps_on = address;
  let_others_go_on();
}

}  // namespace

void sleep_on(const void* address, const void* pc) noexcept {
  show_late_stores();
  note_step("sleep", address, pc);
  sleep_until_woken(address);
}

void wake(const void* address, unsigned most) noexcept {
  for (const auto& thread : search->threads) {
    if (most == 0) return;
    if (thread->rest != Rest::sleep || thread->sleeps_on != address) continue;
    thread->rest = Rest::none;
    --most;
  }
}

bool is_late() noexcept {
  if (!me->late.empty()) return true;  // They become visible in their order.
  if (others_that_may_run().empty() || search->choose(Cost::late_store, 2) == 0) return false;
  search->steps.back().what = "late store";
  return true;
}

void show_late_stores() noexcept {
  for (const LateStore& store : me->late) {
    std::memcpy(store.where, &store.value, store.bytes);
    set_released(store.where, store.released);
    has_written();
  }
  me->late.clear();
}

ModelThread& new_thread(const char* name, std::function<void()> body) {
  auto thread = std::make_unique<ModelThread>();
  thread->id = static_cast<unsigned>(search->threads.size());
  if (thread->id == kThreadsMax) fail("a case with too many threads");
  thread->name = name;
  thread->body = std::move(body);
  // Those that have ended too: their stacks are used again.
  for (const auto& other : search->threads) {
    if (other->rest == Rest::ended) join_clock(thread->clock, other->clock);
  }
  if (me != nullptr) release_clock(thread->clock);
  thread->clock[thread->id] = 1;
  search->threads.push_back(std::move(thread));
  return *search->threads.back();
}

void thread_begins(ModelThread& thread) noexcept {
  thread.baton.take();
  me = &thread;
}

void thread_ends() noexcept {
  ++me->inside;
  me->body = nullptr;
  show_late_stores();
  note_step("end", nullptr, nullptr);
  me->rest = Rest::ended;
  wake(me, kThreadsMax);
  let_others_go_on();
  me = nullptr;
}

void join_thread(const ModelThread& thread, const void* pc) noexcept {
  while (thread.rest != Rest::ended) {
    show_late_stores();
    note_step("join", nullptr, pc);
    sleep_until_woken(&thread);
  }
  join_clock(me->clock, thread.clock);
}

ModelThread* thread_of(unsigned long system_thread) noexcept {
  for (const auto& thread : search->threads) {
    if (thread->system_thread == system_thread) return thread.get();
  }
  return nullptr;
}

void Case::thread(const char* name, std::function<void()> body) {
  const Inside inside;
  ModelThread& thread = new_thread(name, std::move(body));
  thread.is_of_case = true;
  start_system_thread(thread);
}

void Case::join() {
  const Inside inside;
  for (std::size_t i = 1; i < search->threads.size(); ++i) {
    const ModelThread& thread = *search->threads[i];
    if (thread.is_of_case) join_thread(thread, nullptr);
  }
}

void Case::expect(bool is_true, const char* what) {
  const Inside inside;
  if (!is_true) fail(std::string("not so: ") + what);
}

void Case::calm() { search->is_calm = true; }

void Case::settle() {
  const Inside inside;
  search->is_calm = true;
  show_late_stores();
  sleep_until_woken(search);
  search->is_calm = false;
}

namespace {

void run_once(bool is_first) {
  search->begin_run();
  me = nullptr;
  ModelThread& host = new_thread("case", nullptr);
  me = &host;
  begin_memory(!is_first);
  {
    Case model;
    (*search->body)(model);
    model.join();
  }
  const Inside inside;
  if (search->replayed_at != search->replayed.size()) fail(kNoSuchOrder);
  for (std::size_t i = 1; i < search->threads.size(); ++i) join_system_thread(*search->threads[i]);
  const std::string left = end_memory();
  if (!left.empty() && !is_first) fail(left);
}

void search_up_to(unsigned preemptions) {
  search->bounds.preemptions = preemptions;
  search->result.schedules = 0;
  search->path.clear();
  do {
    ++search->result.schedules;
    run_once(false);
  } while (!search->replays && search->next_path());
}

// The first run makes what is made once in a process; nothing is chosen in it.
void run_all() {
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, [](int) { fail("it crashed"); });
  const unsigned most = search->bounds.preemptions;
  const Bounds bounds = search->bounds;
  search->bounds = {.preemptions = 0, .late_stores = 0, .steps_max = bounds.steps_max};
  const auto replayed = std::exchange(search->replayed, {});
  run_once(true);
  search->replayed = replayed;
  search->bounds = bounds;
  for (unsigned preemptions = search->replays ? most : 0; preemptions <= most; ++preemptions) search_up_to(preemptions);
  me = nullptr;
  search->result.ok = true;
}

// "p2,l1,14:1,23:1": the bounds, then each choice other than the first. False: it is not that.
bool read_schedule(const std::string& text, Search& into) {
  const char* at = text.c_str();
  int read = 0;
  if (std::sscanf(at, "p%u,l%u%n", &into.bounds.preemptions, &into.bounds.late_stores, &read) != 2) return false;
  at += read;
  std::size_t place = 0;
  unsigned taken = 0;
  while (std::sscanf(at, ",%zu:%u%n", &place, &taken, &read) == 2) {
    into.replayed.emplace_back(place, taken);
    at += read;
  }
  into.replays = true;
  return *at == '\0';
}

// One thread runs at a time: handing over is quicker where the next is not somewhere else. Another one for each
// of several processes that share the cases.
void stay_on_one_processor() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  if (CPU_COUNT(&allowed) == 1) return;
  const char* const shard = std::getenv("GTEST_SHARD_INDEX");
  int left = shard == nullptr ? 0 : std::atoi(shard) % CPU_COUNT(&allowed);
  int processor = 0;
  while (!CPU_ISSET(processor, &allowed) || left-- > 0) ++processor;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(shard == nullptr ? sched_getcpu() : processor, &one);
  sched_setaffinity(0, sizeof one, &one);
}

// `state` is kept where it fails: its threads wait in it for ever, on their stacks.
Explored search_with(std::unique_ptr<Search> state, const std::function<void(Case&)>& body) {
  search = state.get();
  state->body = &body;
  stay_on_one_processor();
  pthread_t host = 0;
  const auto run = [](void*) -> void* {
    run_all();
    search->over.give();
    return nullptr;
  };
  if (pthread_create(&host, nullptr, run, nullptr) != 0) std::abort();
  state->over.take();
  const Explored result = state->result;
  if (result.ok) {
    pthread_join(host, nullptr);
  } else {
    std::ignore = state.release();
    leave_stacks();
  }
  search = nullptr;
  return result;
}

}  // namespace

Explored explore(const Bounds& bounds, const std::function<void(Case&)>& body) {
  auto state = std::make_unique<Search>();
  state->bounds = bounds;
  return search_with(std::move(state), body);
}

Explored replay(const std::string& schedule, const Bounds& bounds, const std::function<void(Case&)>& body) {
  auto state = std::make_unique<Search>();
  state->bounds = bounds;
  if (!read_schedule(schedule, *state)) return {.report = "not a schedule: " + schedule + "\n", .schedule = schedule};
  return search_with(std::move(state), body);
}

}  // namespace ringback::interleaving
