#include "ringback/exec/timer_wheel.h"

#include <utility>

namespace ringback::runtime {
namespace {

constexpr std::size_t kWorthSteppingBack = 64;
constexpr unsigned kWarmedTogether = 8;

}  // namespace

TimerWheel::~TimerWheel() { RINGBACK_CHECK(size_ == 0, "a TimerWheel was destroyed with timers armed in it"); }

Deadline TimerWheel::earliest() noexcept {
  if (size_ == 0) return Deadline::never();
  while (true) {
    if (fresh_ != nullptr) sort_fresh();
    if (const Run* run = first_run()) return Deadline::at(as_timer(run->first)->deadline_);
    step(~Tick{0});
  }
}

void TimerWheel::expire(TimePoint now, JobQueue& into) noexcept {
  clock_ = tick_of(now);
  while (size_ != 0) {
    if (fresh_ != nullptr) sort_fresh();
    drain_runs(now, into);
    if (run_count_ != 0) return;
    if (!step(clock_)) break;
  }
  // Nothing lies between: timers added from now on get as low a level as they can. An empty wheel
  // comes back from wherever earliest() had looked.
  if (clock_ > open_ || size_ == 0) open_ = clock_;
}

// Merges two sorted lists into the link `into`, the older first where deadlines are equal.
void TimerWheel::merge(Job* older, Job* newer, Job** into) noexcept {
  while (older != nullptr && newer != nullptr) {
    Job*& first = as_timer(newer)->deadline_ < as_timer(older)->deadline_ ? newer : older;
    *into = first;
    as_timer(first)->previous_ = into;
    into = &first->next_job;
    first = first->next_job;
  }
  Job* const rest = older != nullptr ? older : newer;
  *into = rest;
  if (rest != nullptr) as_timer(rest)->previous_ = into;
}

// Sorts a list that has the newest first, into the link `into`; gives its length.
//
// Walks towards the older timers and takes stretches that were added in order whole, turning them
// round; bins[k] holds 2^k stretches, all newer than those in the bins below.
std::size_t TimerWheel::sort(Job* newest, Job** into) noexcept {
  Job* bins[64] = {};
  unsigned bins_used = 0;
  std::size_t length = 0;
  while (newest != nullptr) {
    Job* stretch = newest;
    newest = newest->next_job;
    stretch->next_job = nullptr;
    ++length;
    while (newest != nullptr && as_timer(newest)->deadline_ <= as_timer(stretch)->deadline_) {
      Job* const older = newest;
      newest = older->next_job;
      older->next_job = stretch;
      as_timer(stretch)->previous_ = &older->next_job;
      stretch = older;
      ++length;
    }
    unsigned bin = 0;
    for (; bins[bin] != nullptr; ++bin) merge(stretch, std::exchange(bins[bin], nullptr), &stretch);
    bins[bin] = stretch;
    if (bin >= bins_used) bins_used = bin + 1;
  }
  Job* sorted = nullptr;
  for (unsigned bin = 0; bin < bins_used; ++bin) merge(sorted, bins[bin], &sorted);
  *into = sorted;
  if (sorted != nullptr) as_timer(sorted)->previous_ = into;
  return length;
}

// A merge touches at most three times what it adds to a run, and a run grows by half at least, so a
// timer takes part in O(log n) merges. Lengths count the removed: they were paid for when added.
void TimerWheel::push_run(Job* newest) noexcept {
  runs_[run_count_].length_max = sort(newest, &runs_[run_count_].first);
  ++run_count_;
  while (run_count_ > 1 && runs_[run_count_ - 2].length_max < 2 * runs_[run_count_ - 1].length_max) {
    Run& newer = runs_[--run_count_];
    Run& older = runs_[run_count_ - 1];
    merge(older.first, newer.first, &older.first);
    older.length_max += newer.length_max;
  }
}

void TimerWheel::sort_fresh() noexcept {
  // Many are nearer than where earliest() had to look: dealing them to slots is cheaper than
  // sorting, and they pay for dealing out all the others again.
  if (open_ > clock_ && fresh_added_ >= kWorthSteppingBack && fresh_added_ >= size_ / 2) step_back();
  fresh_added_ = 0;
  if (fresh_ != nullptr) push_run(std::exchange(fresh_, nullptr));
}

// The run with the earliest timer, the oldest run of several; null where there is no near timer.
TimerWheel::Run* TimerWheel::first_run() noexcept {
  while (run_count_ != 0 && runs_[run_count_ - 1].first == nullptr) --run_count_;
  Run* best = nullptr;
  for (Run* run = runs_; run != runs_ + run_count_; ++run) {
    if (run->first == nullptr) continue;
    if (best == nullptr || as_timer(run->first)->deadline_ < as_timer(best->first)->deadline_) best = run;
  }
  return best;
}

void TimerWheel::drain_runs(TimePoint now, JobQueue& into) noexcept {
  while (Run* run = first_run()) {
    do {
      Timer& timer = *as_timer(run->first);
      if (timer.deadline_ > now) return;
      remove(timer);
      into.push(timer);
    } while (run_count_ == 1 && run->first != nullptr);
  }
}

// Steps onto the earliest occupied slot, where it begins at `limit` or before. To be called where
// there are no near timers.
bool TimerWheel::step(Tick limit) noexcept {
  unsigned level = 0;
  while (occupied_[level] == 0) {
    if (++level == kLevels) return false;
  }
  const unsigned digit = static_cast<unsigned>(std::countr_zero(occupied_[level]));
  const unsigned shift = level * kDigitBits;
  const Tick begin = ((open_ >> shift & ~Tick{kSlots - 1}) | digit) << shift;
  if (begin > limit) return false;
  if ((warm_[level] >> digit & 1) == 0) warm(level);
  open_ = begin;
  occupied_[level] &= occupied_[level] - 1;
  Job* const newest = std::exchange(slots_[level * kSlots + digit], nullptr);
  if (level == 0) {
    push_run(newest);
  } else {
    deal(newest);
  }
  return true;
}

// Walks the next few slots of a level side by side. A list that has left the processor's caches
// costs a miss after each link; so the misses of several are waited for together.
void TimerWheel::warm(unsigned level) noexcept {
  const Job* lists[kWarmedTogether] = {};
  std::uint64_t left = occupied_[level];
  for (unsigned i = 0; i < kWarmedTogether && left != 0; ++i, left &= left - 1) {
    lists[i] = slots_[level * kSlots + static_cast<unsigned>(std::countr_zero(left))];
  }
  warm_[level] = occupied_[level] ^ left;
  bool more = true;
  while (more) {
    more = false;
    for (const Job*& list : lists) {
      if (list == nullptr) continue;
      list = list->next_job;
      more = true;
    }
  }
}

// Files the timers of a slot, the newest first, where the levels below are empty: at the ends of
// their new lists, which so are newest first too.
void TimerWheel::deal(Job* newest) noexcept {
  Job** ends[kLevels * kSlots + 1];
  while (newest != nullptr) {
    Timer& timer = *as_timer(newest);
    newest = newest->next_job;
    timer.next_job = nullptr;
    Job*& first = list_of(timer.deadline_);
    Job**& end = ends[&first == &fresh_ ? kLevels * kSlots : static_cast<std::size_t>(&first - slots_)];
    if (first == nullptr) end = &first;
    *end = &timer;
    timer.previous_ = end;
    end = &timer.next_job;
  }
  fresh_added_ = 0;  // What was dealt to fresh_ pays for no step back.
}

// Takes the wheel back to the clock and every timer to its place from there.
void TimerWheel::step_back() noexcept {
  open_ = clock_;
  Job* oldest = nullptr;
  for (unsigned level = 0; level < kLevels; ++level) {
    for (; occupied_[level] != 0; occupied_[level] &= occupied_[level] - 1) {
      const unsigned digit = static_cast<unsigned>(std::countr_zero(occupied_[level]));
      oldest = reversed(std::exchange(slots_[level * kSlots + digit], nullptr), oldest);
    }
  }
  Job* const oldest_fresh = reversed(std::exchange(fresh_, nullptr));
  fresh_added_ = 0;
  file_all(oldest);
  for (Run* run = runs_; run != runs_ + run_count_; ++run) file_all(std::exchange(run->first, nullptr));
  run_count_ = 0;
  file_all(oldest_fresh);
}

// Files each timer of a list that has the oldest first.
void TimerWheel::file_all(Job* oldest) noexcept {
  while (oldest != nullptr) {
    Timer& timer = *as_timer(oldest);
    oldest = oldest->next_job;
    link(timer, list_of(timer.deadline_));
  }
}

// Turns a list round and puts it before `rest`.
Job* TimerWheel::reversed(Job* first, Job* rest) noexcept {
  while (first != nullptr) {
    Job* const next = first->next_job;
    first->next_job = rest;
    rest = first;
    first = next;
  }
  return rest;
}

}  // namespace ringback::runtime
