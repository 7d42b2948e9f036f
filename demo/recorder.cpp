#include "demo/recorder.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

namespace ringback::demo {
namespace {

// The number behind `field` in /proc/<pid>/status.
std::uint64_t status_number(pid_t pid, const std::string& field) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::stoull(line.substr(field.size() + 1));
  }
  return 0;
}

}  // namespace

Recorder::Call::Call(Recorder& recorder, std::size_t index) : recorder_(recorder), index_(index) {
  recorder_.measured_.calls[index_].begin_ns = recorder_.now_ns();
}

Recorder::Call::~Call() { recorder_.measured_.calls[index_].end_ns = recorder_.now_ns(); }

Recorder::Work::Work(Recorder& recorder, std::size_t index)
    : recorder_(recorder), index_(index), begin_ns_(recorder.now_ns()) {}

Recorder::Work::~Work() {
  const std::int64_t end_ns = recorder_.now_ns();
  const std::lock_guard guard(recorder_.lock_);
  recorder_.measured_.works.push_back(
      {recorder_.this_thread_index(), static_cast<std::uint32_t>(index_), begin_ns_, end_ns});
}

Recorder::Recorder(std::size_t calls) : start_(std::chrono::steady_clock::now()) {
  measured_.calls.resize(calls);
  measured_.works.reserve(calls);
}

Measured Recorder::measure(const std::function<void()>& job) {
  const std::int64_t cpu_before_ns = process_cpu_ns();
  start_ = std::chrono::steady_clock::now();
  job();
  measured_.wall_ns = now_ns();
  measured_.cpu_ns = process_cpu_ns() - cpu_before_ns;
  measured_.thread_count = thread_count_of(::getpid());
  measured_.peak_bytes = peak_bytes_of(::getpid());
  return std::move(measured_);
}

std::int64_t Recorder::now_ns() const {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start_).count();
}

std::uint32_t Recorder::this_thread_index() {
  const pid_t id = ::gettid();
  const auto found = std::find(thread_ids_.begin(), thread_ids_.end(), id);
  const auto index = static_cast<std::uint32_t>(found - thread_ids_.begin());
  if (found == thread_ids_.end()) {
    std::array<char, 16> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    thread_ids_.push_back(id);
    measured_.threads.emplace_back(id == ::getpid() ? "main thread" : name.data());
  }
  return index;
}

std::int64_t process_cpu_ns() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto in_ns = [](const timeval& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_usec * 1'000;
  };
  return in_ns(usage.ru_utime) + in_ns(usage.ru_stime);
}

std::uint64_t thread_count_of(pid_t pid) { return status_number(pid, "Threads"); }

std::uint64_t peak_bytes_of(pid_t pid) { return status_number(pid, "VmHWM") * 1024; }

}  // namespace ringback::demo
