// What each thread is doing, as seen by who watches: fed by the hooks, while somebody listens.
//
// Protocol. A Watched belongs to one thread at a time, and lives for ever: threads that end leave theirs to
// later ones. Its thread alone writes it, but for `noticed`, which watchers write. `serial` is odd while a
// job runs, and different for every job; it goes up after a release fence and before the fields of the
// next job are written, so a reader that finds it unchanged around the fields has those of one job:
//   begins   fence; started, place, kind = ...; serial + 1 (release)
//   ends     where noticed == serial: ended = now; serial + 1 (release)
// Where a job runs another executor's jobs inside it (wait() on a Pool's worker), the outer one is no longer
// watched: while it waits it holds up nobody.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <source_location>
#include <vector>

#include "ringback/base/time.h"

namespace ringback::trace::internal {

enum class Kind : std::uint8_t { loop, pool, own_thread };

struct alignas(64) Watched {
  std::atomic<std::uint64_t> serial{0};
  std::atomic<Duration::rep> started{0};
  std::atomic<std::source_location> place{};
  std::atomic<Kind> kind{Kind::loop};
  std::atomic<int> thread_id{0};
  std::atomic<std::uint64_t> noticed{0};
  std::atomic<std::uint64_t> ended_serial{0};  // the job that `ended` tells of
  std::atomic<Duration::rep> ended{0};
};
static_assert(std::atomic<std::source_location>::is_always_lock_free, "the place of a job is one pointer");

// One job, as it was seen to run.
struct Seen {
  Watched* thread = nullptr;
  std::uint64_t serial = 0;
  TimePoint started;
  std::source_location place;
  Kind kind = Kind::loop;
  int thread_id = 0;
};

// The job that the thread runs now; nothing while it runs none.
std::optional<Seen> look_at(Watched& thread) noexcept;

// Every thread that ran a job while somebody listened. Threads: any. Errors: std::bad_alloc.
std::vector<Watched*> watched_threads();

// While one lives, the hooks are listened to. What was installed before hears of everything, too.
class Listening {
 public:
  Listening();
  ~Listening();
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
};

}  // namespace ringback::trace::internal
