#include "ringback/trace/internal/survey.h"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "ringback/async/root.h"
#include "ringback/async/waiter.h"
#include "ringback/exec/executor_list.h"
#include "ringback/exec/loop.h"
#include "ringback/exec/pool.h"
#include "ringback/trace/internal/task_tree.h"

namespace ringback::trace::internal {

using namespace runtime;

namespace {

using ringback::internal::ExecutorList;
using ringback::internal::this_thread;

std::string_view kind_of(const Executor& executor) noexcept {
  if (executor.is_concurrent()) return "Pool";
  return executor.is_inline() ? "inline" : "Loop";
}

// A waiter in the queue is a task that is ready, or that hears of something at once.
void add_ready(const Job& job, Ready& ready) {
  if (dynamic_cast<const ringback::internal::Root*>(&job) != nullptr) return;  // It has begun nothing yet.
  const auto* waiter = dynamic_cast<const Waiter*>(&job);
  if (waiter != nullptr && waiter->place().line() != 0) ready.emplace(&waiter->context(), waiter);
}

void look_at_work(Executor& executor, What what, const Ready& ready, ExecutorTasks& into) {
  executor.for_each_owned([&](OwnedWork& work) {
    ++into.numbers.started;
    if (what == What::tasks) {
      add_tasks_of(work, ready, into.tasks);
    } else {
      into.numbers.tasks += count_tasks_of(work);
    }
  });
  if (what == What::tasks) into.numbers.tasks = into.tasks.size();
}

// On the loop's thread. `rest_of_turn`: what runs in this turn after whoever asks, where that is known.
void look_at_loop(Loop& loop, What what, const Job* rest_of_turn, ExecutorTasks& into) {
  Ready ready;
  ExecutorNumbers& numbers = into.numbers;
  const auto note = [&](const Job& job) {
    ++numbers.ready;
    if (what == What::tasks) add_ready(job, ready);
  };
  for (const Job* job = rest_of_turn; job != nullptr; job = job->next_job) note(*job);
  loop.for_each_ready(note);
  const LoopStatus status = loop.status();
  numbers.timers = status.timers;
  numbers.requests = status.requests;
  numbers.jobs_run = status.jobs_run;
  numbers.lag_last = status.lag_last;
  numbers.lag_max = status.lag_max;
  char name[16] = {};
  if (::pthread_getname_np(::pthread_self(), name, sizeof name) == 0) numbers.thread = name;
  numbers.thread_id = ::gettid();
  look_at_work(loop, what, ready, into);
  const bool runs_task = this_thread.context != nullptr;
  numbers.is_asleep = numbers.tasks != 0 && !runs_task && numbers.ready == 0 && numbers.timers == 0 &&
                      numbers.requests == 0 && !status.has_inbox;
}

void look_at_pool(Pool& pool, What what, ExecutorTasks& into) {
  const PoolStats stats = pool.stats();
  into.numbers.ready = stats.queued_new;
  into.numbers.jobs_run = stats.jobs_run;
  look_at_work(pool, what, {}, into);
  into.numbers.is_asleep = into.numbers.tasks != 0 && pool.is_resting();
}

// Where a Loop's thread cannot be asked.
void look_at_places(Executor& executor, What what, ExecutorTasks& into) {
  executor.for_each_owned([&](OwnedWork& work) {
    ++into.numbers.started;
    if (what != What::tasks) return;
    TaskInfo& task = into.tasks.emplace_back();
    task.place = work.place();
    task.state = work.has_begun() ? TaskState::ready : TaskState::queued;
  });
  into.numbers.has_answered = false;
}

class Question final : public Job {
 public:
  Question(Loop& loop, What what) noexcept : loop_(loop), what_(what) {}

  static std::shared_ptr<Question> ask(Loop& loop, What what) {
    auto question = std::make_shared<Question>(loop, what);
    question->own_ = question;
    loop.post(*question);
    return question;
  }
  // Nothing where no answer has come by then.
  std::optional<ExecutorTasks> blocking_wait(std::chrono::steady_clock::time_point until) {
    std::unique_lock guard(lock_);
    answered_.wait_until(guard, until, [this] { return is_answered_; });
    return is_answered_ ? std::move(answer_) : std::nullopt;
  }

 private:
  void run() noexcept override {
    const std::shared_ptr<Question> own = std::move(own_);
    std::optional<ExecutorTasks> answer;
    try {
      answer.emplace();
      look_at_loop(loop_, what_, next_job, *answer);
    } catch (const std::bad_alloc&) {
      answer.reset();
    }
    std::lock_guard guard(lock_);
    answer_ = std::move(answer);
    is_answered_ = true;
    answered_.notify_all();
  }

  Loop& loop_;
  const What what_;
  std::shared_ptr<Question> own_;  // while it is in the loop's hands
  std::mutex lock_;
  std::condition_variable answered_;
  bool is_answered_ = false;             // under lock_
  std::optional<ExecutorTasks> answer_;  // the same
};

// One executor, and where its answer comes from.
struct Entry {
  Executor* executor = nullptr;  // may be gone; to find it by
  Executor* io = nullptr;        // of a Pool
  ExecutorTasks answer;
  std::shared_ptr<Question> question;
  bool is_io = false;
};

class Survey {
 public:
  explicit Survey(What what) noexcept : what_(what) {}

  std::vector<ExecutorTasks> ask(Duration patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    look_at_rest(rest_before_);
    ExecutorList::visit([](Executor& executor, void* self) { static_cast<Survey*>(self)->meet(executor); }, this);
    for (Entry& entry : entries_) {
      if (entry.question == nullptr) continue;
      const std::string_view kind = entry.answer.numbers.kind;
      if (auto answer = entry.question->blocking_wait(until)) {
        entry.answer = *std::move(answer);
      } else {
        unanswered_ = &entry;
        ExecutorList::visit([](Executor& executor, void* self) { static_cast<Survey*>(self)->meet_again(executor); },
                            this);
      }
      entry.answer.numbers.kind = kind;
    }
    look_at_rest(rest_after_);
    return collect();
  }

 private:
  // Of the Pools that have nothing queued or running: how many jobs they have run.
  using Rest = std::map<const Executor*, std::uint64_t>;

  static void look_at_rest(Rest& rest) {
    const auto look = [](Executor& executor, void* argument) {
      auto* const pool = dynamic_cast<Pool*>(&executor);
      if (pool == nullptr || !pool->is_resting()) return;
      (*static_cast<Rest*>(argument))[pool] = pool->stats().jobs_run;
    };
    ExecutorList::visit(look, &rest);
  }
  // Nothing ran while its I/O loop was asked, so both answers are of one moment.
  bool has_rested(const Executor* pool) const noexcept {
    const auto before = rest_before_.find(pool);
    const auto after = rest_after_.find(pool);
    return before != rest_before_.end() && after != rest_after_.end() && before->second == after->second;
  }

  void meet(Executor& executor) {
    Entry& entry = entries_.emplace_back();
    entry.executor = &executor;
    entry.answer.numbers.kind = kind_of(executor);
    if (auto* pool = dynamic_cast<Pool*>(&executor)) {
      entry.io = &pool->io();
      look_at_pool(*pool, what_, entry.answer);
      return;
    }
    auto& loop = static_cast<Loop&>(executor);
    entry.is_io = dynamic_cast<IoThread*>(&loop) != nullptr;
    if (loop.is_current()) {
      look_at_loop(loop, what_, nullptr, entry.answer);
      entry.answer.numbers.is_asleep = false;  // It runs whoever asks.
    } else if (loop.is_driven()) {
      entry.question = Question::ask(loop, what_);
    } else {
      look_at_places(loop, what_, entry.answer);
      entry.answer.numbers.is_driven = false;
    }
  }
  // One that took its place in memory meanwhile is as good.
  void meet_again(Executor& executor) {
    if (&executor != unanswered_->executor) return;
    unanswered_->answer = {};
    look_at_places(executor, what_, unanswered_->answer);
    unanswered_->answer.numbers.is_driven = static_cast<Loop&>(executor).is_driven();
  }

  const Entry* io_of(const Entry& pool) const noexcept {
    for (const Entry& entry : entries_) {
      if (entry.executor == pool.io) return &entry;
    }
    return nullptr;
  }

  std::vector<ExecutorTasks> collect() {
    for (Entry& entry : entries_) {
      if (entry.io == nullptr) continue;
      const Entry* const io = io_of(entry);
      ExecutorNumbers& numbers = entry.answer.numbers;
      if (io != nullptr) {
        numbers.timers = io->answer.numbers.timers;
        numbers.requests = io->answer.numbers.requests;
        numbers.has_answered = io->answer.numbers.has_answered;
      }
      numbers.is_asleep = numbers.is_asleep && io != nullptr && has_rested(entry.executor) &&
                          io->answer.numbers.has_answered && numbers.timers == 0 && numbers.requests == 0 &&
                          io->answer.numbers.ready == 0;
    }
    std::vector<ExecutorTasks> all;
    for (Entry& entry : entries_) {
      if (!entry.is_io && entry.answer.numbers.started != 0) all.push_back(std::move(entry.answer));
    }
    return all;
  }

  const What what_;
  std::vector<Entry> entries_;
  Entry* unanswered_ = nullptr;
  Rest rest_before_;
  Rest rest_after_;
};

}  // namespace

std::vector<ExecutorTasks> survey(What what, Duration patience) { return Survey(what).ask(patience); }

}  // namespace ringback::trace::internal
