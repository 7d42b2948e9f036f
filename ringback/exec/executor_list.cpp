#include "ringback/exec/executor_list.h"

#include <mutex>

#include "ringback/exec/executor.h"

namespace ringback::internal {
namespace {

struct Listed {
  std::mutex lock;
  IntrusiveList<Executor, ExecutorTag> all;  // under lock
};

// Never destroyed: executors of threads may end after static destruction has begun.
Listed& listed() noexcept {
  alignas(Listed) static std::byte place[sizeof(Listed)];
  static Listed* const listed = ::new (place) Listed;  // No allocation: a thread's first wait() comes here.
  return *listed;
}

}  // namespace

void ExecutorList::add(Executor& executor) noexcept {
  std::lock_guard guard(listed().lock);
  listed().all.push_back(executor);
}

void ExecutorList::remove(Executor& executor) noexcept {
  std::lock_guard guard(listed().lock);
  static_cast<ListLink<ExecutorTag>&>(executor).unlink();
}

void ExecutorList::visit(void (*visit)(Executor& executor, void* argument), void* argument) {
  std::lock_guard guard(listed().lock);
  auto& all = listed().all;
  for (Executor* executor = all.front(); executor != nullptr; executor = all.next(*executor)) {
    visit(*executor, argument);
  }
}

}  // namespace ringback::internal
