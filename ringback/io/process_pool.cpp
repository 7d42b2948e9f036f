#include "ringback/io/process_pool.h"

#include "ringback/io/internal/process_pool_core.h"

namespace ringback {

ProcessPool::ProcessPool(ProcessPoolOptions options)
    : core_(std::make_unique<internal::ProcessPoolCore>(std::move(options))) {}

ProcessPool::~ProcessPool() = default;

Task<std::string> ProcessPool::call_with_bytes(std::string_view name, std::string arguments) {
  return core_->call(name, std::move(arguments));
}

Task<> ProcessPool::shutdown() { return core_->shutdown(); }
Task<> ProcessPool::shutdown_now() { return core_->shutdown_now(); }
std::size_t ProcessPool::worker_count() const noexcept { return core_->worker_count(); }

}  // namespace ringback
