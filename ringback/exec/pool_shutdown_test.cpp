// What a Pool accepts, refuses, gives back, and waits for.
#include <gtest/gtest.h>

#include <latch>
#include <vector>

#include "ringback/base/unique_function.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/exec/pool.h"

namespace ringback {

using namespace runtime;

namespace {

class Call final : public Job {
 public:
  explicit Call(unique_function<void()> body) : body_(std::move(body)) {}
  void run() noexcept override { body_(); }

 private:
  unique_function<void()> body_;
};

class Work final : public NewJob {
 public:
  explicit Work(unique_function<void()> body = [] {}) : body_(std::move(body)) {}

  std::atomic<int> begun{0};
  std::atomic<int> forgotten{0};

 private:
  void begin() noexcept override {
    begun.fetch_add(1);
    body_();
  }
  void forget() noexcept override { forgotten.fetch_add(1); }

  unique_function<void()> body_;
};

// "ok", or the kind of the refusal.
std::string_view post_new(Pool& pool, Work& work) {
  std::optional<Error> why;
  return pool.try_post_new(work, why) ? "ok" : to_string(why->kind());
}

// Keeps the only worker of a pool busy until open().
class Plug {
 public:
  explicit Plug(Pool& pool) {
    pool.post(job_);
    plugged_.wait();
  }
  ~Plug() { open(); }
  // The pool is shut down before the plug goes.
  void open() {
    if (!is_open_) opened_.count_down();
    is_open_ = true;
  }

 private:
  std::latch plugged_{1};
  std::latch opened_{1};
  bool is_open_ = false;
  Call job_{[this] {
    plugged_.count_down();
    opened_.wait();
  }};
};

TEST(pool_shutdown, the_bound_refuses_new_work_only_and_recovers_contract_40) {
  Work first;
  Work second;
  Work third;
  std::latch resumed(1);
  Call resumption([&] { resumed.count_down(); });
  Pool pool({.threads = 1, .queue_max = 2});
  Plug plug(pool);
  EXPECT_EQ(post_new(pool, first), "ok");
  EXPECT_EQ(post_new(pool, second), "ok");
  EXPECT_EQ(pool.stats().queued_new, 2u);
  EXPECT_EQ(post_new(pool, third), "overloaded");
  pool.post(resumption);
  plug.open();
  resumed.wait();
  EXPECT_EQ(post_new(pool, third), "ok");
  pool.shutdown();
  EXPECT_EQ(third.begun.load(), 1);
  EXPECT_EQ(pool.stats().queued_new, 0u);
}

void drain_accepts_from_inside(PoolOptions options) {
  constexpr int kChain = 100;
  std::vector<std::unique_ptr<Work>> chain;
  std::latch first_runs(1);
  std::latch refused(1);
  {
    Pool pool(std::move(options));
    for (int i = 0; i < kChain; ++i) {
      chain.push_back(std::make_unique<Work>([&, i] {
        first_runs.count_down(i == 0 ? 1 : 0);
        refused.wait();
        if (i + 1 < kChain) {
          EXPECT_EQ(post_new(pool, *chain[static_cast<std::size_t>(i) + 1]), "ok");
        }
      }));
    }
    EXPECT_EQ(post_new(pool, *chain[0]), "ok");
    first_runs.wait();
    pool.shutdown({.wait = false});
    Work outsider;
    EXPECT_EQ(post_new(pool, outsider), "shut_down");
    refused.count_down();
  }
  for (const auto& work : chain) EXPECT_EQ(work->begun.load(), 1);
}

TEST(pool_shutdown, draining_accepts_what_its_own_jobs_submit_and_refuses_outsiders_contract_40) {
  drain_accepts_from_inside({.threads = 2});
  drain_accepts_from_inside({.driver = std::make_unique<VirtualDriver>()});
}

TEST(pool_shutdown, a_job_cannot_wait_for_the_end_of_its_own_pool) {
  Pool pool({.threads = 1});
  std::latch done(1);
  Call job([&] {
    try {
      pool.shutdown();
      ADD_FAILURE() << "shutdown returned";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::would_deadlock);
    }
    done.count_down();
  });
  pool.post(job);
  done.wait();
  pool.shutdown();
}

TEST(pool_shutdown, a_pool_still_runs_resumptions_after_a_shutdown) {
  Pool pool({.threads = 1});
  pool.shutdown();
  std::latch ran(1);
  Call job([&] { ran.count_down(); });
  pool.post(job);
  ran.wait();
  pool.shutdown();
}

class Owned final : public OwnedWork {
 public:
  Owned(Pool& pool, bool has_begun) : pool_(pool), has_begun_(has_begun) { pool.adopt(*this); }

  void end() { pool_.release(*this); }
  int cancelled() const { return cancelled_.load(); }
  // Ends where a shutdown has asked for the second time who is stuck.
  std::source_location place() const noexcept override {
    if (asked_.fetch_add(1) == 1) end_.post();
    return place_;
  }

 private:
  struct End {
    Owned& owned;
    mutable Call job{[this] { owned.end(); }};
    void post() const { owned.pool_.post(job); }
  };

  void cancel_owned(Reason reason) noexcept override {
    EXPECT_EQ(reason, Reason::shutdown);
    if (cancelled_.fetch_add(1) == 0) end_.post();
  }
  bool has_begun() const noexcept override { return has_begun_; }

  Pool& pool_;
  const bool has_begun_;
  const std::source_location place_ = std::source_location::current();
  End end_{*this};
  std::atomic<int> cancelled_{0};
  mutable std::atomic<int> asked_{0};
};

TEST(pool_shutdown, cancel_queued_cancels_what_has_not_begun_contract_40) {
  Pool pool({.threads = 1});
  Owned queued(pool, false);
  Owned running(pool, true);
  pool.shutdown({.wait = false, .cancel_queued = true});
  Call end([&] { running.end(); });
  pool.post(end);
  pool.shutdown();
  EXPECT_EQ(queued.cancelled(), 1);
  EXPECT_EQ(running.cancelled(), 0);
}

TEST(pool_shutdown, names_the_place_of_work_that_does_not_end_again_and_again_contract_41) {
  testing::internal::CaptureStderr();
  {
    Pool pool({.threads = 1, .shutdown_limit = std::chrono::milliseconds(1)});
    Owned stuck(pool, true);
    pool.shutdown();
  }
  const std::string text = testing::internal::GetCapturedStderr();
  const std::size_t first = text.find("pool_shutdown_test.cpp:");
  ASSERT_NE(first, std::string::npos) << text;
  EXPECT_NE(text.find("pool_shutdown_test.cpp:", first + 1), std::string::npos) << text;
}

TEST(pool_shutdown, queued_work_can_be_taken_back_and_is_forgotten_later_contract_25) {
  Work work;
  Pool pool({.threads = 1, .queue_max = 1});
  Plug plug(pool);
  ASSERT_EQ(post_new(pool, work), "ok");
  EXPECT_TRUE(pool.try_take_back(work));
  EXPECT_FALSE(pool.try_take_back(work));
  Work other;
  EXPECT_EQ(post_new(pool, other), "ok");  // It no longer counts.
  EXPECT_EQ(work.forgotten.load(), 0);
  plug.open();
  pool.shutdown();
  EXPECT_EQ(work.begun.load(), 0);
  EXPECT_EQ(work.forgotten.load(), 1);
  EXPECT_EQ(other.begun.load(), 1);
}

TEST(pool_shutdown, work_that_is_taken_back_in_a_race_is_done_by_one_side_contract_12) {
  constexpr std::size_t kJobs = 20000;
  std::vector<std::unique_ptr<Work>> jobs;
  for (std::size_t i = 0; i < kJobs; ++i) jobs.push_back(std::make_unique<Work>());
  std::vector<char> taken(kJobs, 0);
  {
    Pool pool({.threads = 2, .queue_max = kJobs});
    for (std::size_t i = 0; i < kJobs; ++i) {
      ASSERT_EQ(post_new(pool, *jobs[i]), "ok");
      if (i >= 8) taken[i - 8] = pool.try_take_back(*jobs[i - 8]);
    }
  }
  for (std::size_t i = 0; i < kJobs; ++i) {
    EXPECT_EQ(jobs[i]->begun.load(), taken[i] ? 0 : 1);
    EXPECT_EQ(jobs[i]->forgotten.load(), taken[i] ? 1 : 0);
  }
}

// The poster of the last job is still inside post() when the pool may go.
TEST(pool_shutdown, a_pool_may_be_destroyed_as_soon_as_its_last_work_has_ended) {
  for (int i = 0; i < 100; ++i) {
    auto pool = std::make_unique<Pool>(PoolOptions{.threads = 1});
    Owned work(*pool, true);
    Call end([&] { work.end(); });
    std::thread poster([&, raw = pool.get()] { raw->post(end); });
    pool.reset();
    poster.join();
  }
}

}  // namespace
}  // namespace ringback
