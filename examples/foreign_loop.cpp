// Somebody else's event loop as an Executor: callbacks arrive on the thread of the user interface.
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>

#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/exec/io_thread.h"
#include "ringback/exec/pool.h"

using namespace ringback;

// The foreign loop, a toy: it runs what it was given, in order, until an empty call tells it to quit.
class UiLoop {
 public:
  void invoke_later(std::function<void()> call) {
    std::lock_guard guard(lock_);
    calls_.push_back(std::move(call));
    wake_.notify_one();
  }
  void run() {
    for (;;) {
      std::unique_lock guard(lock_);
      wake_.wait(guard, [this] { return !calls_.empty(); });
      auto call = calls_.front();
      calls_.pop_front();
      guard.unlock();
      if (!call) return;
      call();
    }
  }

 private:
  std::mutex lock_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> calls_;
};

// [executor]
struct UiIo {
  runtime::IoThread io_thread;  // keeps timers and kernel operations
};

class UiExecutor final : private UiIo, public Executor {
 public:
  explicit UiExecutor(UiLoop& ui)
      : UiIo{{LoopOptions(), *this}}, Executor(false, nullptr, &io_thread, &io_thread.timers()), ui_(ui) {
    io_thread.start("ui-io");
  }
  std::uint64_t random() noexcept override { return random_ = random_ * 6364136223846793005u + 1; }

 private:
  void post_from_anywhere(runtime::Job& job) noexcept override {
    ui_.invoke_later([this, &job] { run_here(job); });
  }

  UiLoop& ui_;
  std::uint64_t random_ = 1;
};
// [/executor]

int main() {
  UiLoop ui;
  UiExecutor on_ui(ui);
  Pool pool({.threads = 1});
  // [use]
  const auto where = [&] { return on_ui.is_current() ? "the UI's" : "another"; };
  auto compute = [&] { return std::printf("computing on %s thread\n", where()); };
  spawn(pool, compute).on_done(on_ui, [&](const Outcome<int>&) {
    std::printf("showing the result on %s thread\n", where());
    start(sleep(std::chrono::milliseconds(1)), on(on_ui), [&](const Outcome<void>&) {
      std::printf("a timer rings on %s thread\n", where());
      ui.invoke_later(nullptr);
    });
  });
  // [/use]
  ui.run();
}
