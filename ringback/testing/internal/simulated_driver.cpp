#include "ringback/testing/internal/simulated_driver.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <span>

#include "ringback/exec/loop.h"

namespace ringback::testing::internal {

using namespace runtime;

namespace {

using Code = RequestWords::Code;

constexpr std::size_t kChunkBytes = 16 * 1024;
constexpr auto kLookOutside = std::chrono::milliseconds(1);  // in real time

bool gives_descriptor(Code code) noexcept {
  return code == Code::open || code == Code::accept || code == Code::accept_many;
}

bool goes_on(Code code, std::int32_t value) noexcept {
  if (code == Code::receive_many) return value > 0;
  return code == Code::accept_many && value >= 0;
}

}  // namespace

bool SimulatedDriver::submit(KernelRequest& request, Result& now) noexcept {
  const RequestWords& words = request.words;
  if (words.code == Code::close || SimulatedDisk::is_for_file(words)) {
    if (words.code == Code::close) {
      attempt(words, now);
    } else {
      now = on_disk(words);
    }
    record(request, now);
    return true;
  }
  const Pending made{&request, earliest(words)};
  // Sometimes the kernel has the answer at hand.
  if (world_.dice.up_to(1) == 0 && words.code != Code::receive_many && words.code != Code::accept_many) {
    if (auto result = try_request(made)) {
      now = std::move(*result);
      record(request, now);
      return true;
    }
  }
  if (!make_room()) {
    now = Result{-ENOMEM, false, {}};
    return true;
  }
  pending_.push_back(made);
  return false;
}

Result SimulatedDriver::on_disk(const RequestWords& words) noexcept {
  try {
    return Result{world_.disk.perform(words), false, {}};
  } catch (const std::bad_alloc&) {
    return Result{-ENOMEM, false, {}};
  }
}

// For one more, and for the answers to all: a look needs no memory.
bool SimulatedDriver::make_room() noexcept {
  try {
    if (pending_.size() == pending_.capacity()) pending_.reserve(2 * pending_.size() + 8);
    answers_.reserve(pending_.capacity());
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// A connection takes the way there and back.
TimePoint SimulatedDriver::earliest(const RequestWords& words) noexcept {
  if (words.code != Code::connect || !SimulatedNetwork::is_simulated(words.address)) return TimePoint::min();
  const NetworkFaults& faults = world_.network.faults();
  return saturating_add(world_.now, 2 * world_.dice.between(faults.latency_min, faults.latency_max));
}

void SimulatedDriver::cancel(KernelRequest& request) noexcept {
  for (Pending& each : pending_) {
    if (each.request == &request) each.is_cancelled = true;
  }
}

std::size_t SimulatedDriver::poll(Deadline until) noexcept {
  for (;;) {
    const bool was_woken = take_wake();
    const std::size_t delivered = look();
    if (delivered != 0 || was_woken || until.passed(world_.now)) return delivered;
    const TimePoint next = next_event();
    if (next == TimePoint::max() && until.is_never()) return wait_outside();
    world_.now = until.is_never() ? next : std::min(next, until.moment());
  }
}

// What is moved by the network may be read, and what was read makes room.
std::size_t SimulatedDriver::look() {
  std::vector<Answer> answers = std::exchange(answers_, {});
  world_.network.step(world_.now);
  for (Pending& each : pending_) {
    auto result = try_request(each);
    if (!result) continue;
    answers.push_back({each.request, std::move(*result)});
    if (!answers.back().result.more) each.request = nullptr;
  }
  std::erase_if(pending_, [](const Pending& each) { return each.request == nullptr; });
  for (std::size_t left = answers.size(); left > 1; --left) {
    std::swap(answers[left - 1], answers[world_.dice.up_to(left - 1)]);
  }
  for (Answer& each : answers) {
    record(*each.request, each.result);
    each.request->on_result(std::move(each.result));
  }
  const std::size_t count = answers.size();
  answers.clear();
  if (answers_.capacity() < answers.capacity()) answers_.swap(answers);
  return count;
}

// None where it is not ready. Without memory it fails; bytes that had come are lost then, as they are anywhere.
std::optional<Result> SimulatedDriver::try_request(const Pending& pending) {
  try {
    return carry_out(pending);
  } catch (const std::bad_alloc&) {
    return Result{-ENOMEM, false, {}};
  }
}

std::optional<Result> SimulatedDriver::carry_out(const Pending& pending) {
  const RequestWords& words = pending.request->words;
  if (pending.is_cancelled) return Result{-ECANCELED, false, {}};
  if (pending.not_before > world_.now) return std::nullopt;
  Result result;
  switch (words.code) {
    case Code::receive_many: result = receive_some(words); break;
    case Code::accept:
    case Code::accept_many: return accept_next(words);
    case Code::connect:
      if (!SimulatedNetwork::is_simulated(words.address)) {
        if (!attempt(words, result)) return std::nullopt;
        return result;
      }
      if (world_.network.is_cut()) return std::nullopt;
      result.value = world_.network.connect(words.fd, words.address, words.length);
      break;
    case Code::send_message:
      if (SimulatedDatagrams::is_for_datagram(words)) {
        result.value = world_.network.send_datagram(words, world_.now);
        return result;
      }
      [[fallthrough]];
    default:
      if (!attempt(words, result)) return std::nullopt;
      return result;
  }
  if (result.value == -EAGAIN) return std::nullopt;
  result.more = goes_on(words.code, result.value);
  return result;
}

Result SimulatedDriver::receive_some(const RequestWords& words) {
  std::array<std::byte, kChunkBytes> bytes;
  const ssize_t got = ::recv(words.fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0) return {errno == EINTR ? -EAGAIN : -errno, false, {}};
  return {static_cast<std::int32_t>(got), false, Chunk::copy_of(std::span(bytes).first(static_cast<std::size_t>(got)))};
}

std::optional<Result> SimulatedDriver::accept_next(const RequestWords& words) {
  Result result;
  sockaddr_storage raw{};
  socklen_t bytes = sizeof raw;
  auto* const address = reinterpret_cast<sockaddr*>(&raw);
  if (::getsockname(words.fd, address, &bytes) == 0 && SimulatedNetwork::is_simulated(address)) {
    result.value = world_.network.accept(words.fd);
    if (result.value == -EAGAIN) return std::nullopt;
  } else {
    RequestWords single = words;
    single.code = Code::accept;
    if (!attempt(single, result)) return std::nullopt;
  }
  result.more = goes_on(words.code, result.value);
  return result;
}

// Descriptors are numbers of the process, not of the simulation.
void SimulatedDriver::record(const KernelRequest& request, const Result& result) noexcept {
  const Code code = request.words.code;
  const std::int32_t value = gives_descriptor(code) && result.value >= 0 ? 0 : result.value;
  world_.trace.add(static_cast<std::uint64_t>(world_.now.time_since_epoch().count()));
  world_.trace.add((static_cast<std::uint64_t>(code) << 32) | static_cast<std::uint32_t>(value));
}

TimePoint SimulatedDriver::next_event() const noexcept {
  TimePoint next = world_.network.next_event();
  for (const Pending& each : pending_) {
    if (each.not_before > world_.now) next = std::min(next, each.not_before);
  }
  return next;
}

bool SimulatedDriver::take_wake() noexcept {
  const std::lock_guard guard(lock_);
  return std::exchange(is_woken_, false);
}

std::size_t SimulatedDriver::wait_outside() {
  const TimePoint give_up = saturating_add(std::chrono::steady_clock::now(), patience_);
  while (std::chrono::steady_clock::now() < give_up) {
    wait_for_wake();
    const bool was_woken = take_wake();
    const std::size_t delivered = look();
    if (was_woken || delivered != 0) return delivered;
  }
  if (Executor* here = ringback::internal::this_thread.executor) here->io().report_stuck();
  RINGBACK_CHECK(false, "everybody in this simulation waits, and nothing is left to happen");
  return 0;
}

// With a request in flight, a little while: the kernel's pipes do not wake.
void SimulatedDriver::wait_for_wake() {
  std::unique_lock guard(lock_);
  const auto is_woken = [this] { return is_woken_; };
  if (pending_.empty() && patience_ == Duration::max()) {
    woken_changed_.wait(guard, is_woken);
  } else {
    woken_changed_.wait_for(guard, kLookOutside, is_woken);
  }
}

void SimulatedDriver::wake() noexcept {
  {
    const std::lock_guard guard(lock_);
    is_woken_ = true;
  }
  woken_changed_.notify_one();
}

int SimulatedDriver::wake_fd() noexcept { return -ENOTSUP; }

}  // namespace ringback::testing::internal
