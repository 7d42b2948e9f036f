#include "ringback/io/process.h"

#include <poll.h>

#include <csignal>
#include <cstring>

#include "ringback/async/outcome_of.h"
#include "ringback/async/timeout.h"
#include "ringback/io/internal/process_state.h"

namespace ringback {

using namespace runtime;

std::string ProcessEnd::describe() const {
  switch (how_) {
    case How::exit: return "exit status " + std::to_string(number_);
    case How::signal: {
      const char* const name = ::sigdescr_np(number_);
      return "signal " + std::to_string(number_) + " (" + (name != nullptr ? name : "no name") + ")";
    }
    case How::unknown: break;
  }
  return "an end that somebody else was told of";
}

ProcessWait::ProcessWait(internal::ProcessState& state) noexcept
    : ReadyOperation("wait for process", &state.resource(), Use::reading, POLLIN), state_(state) {}

bool ProcessWait::try_now() noexcept {
  if (!state_.try_reap().has_value()) return false;
  set_value(0);
  return true;
}

Outcome<ProcessEnd> ProcessWait::take() {
  if (value() < 0) return failure();
  return *state_.try_reap();
}

Process::Process(std::vector<std::string> command, ProcessOptions options)
    : state_(std::make_unique<internal::ProcessState>(std::move(command), options)) {}

Process::Process(Process&&) noexcept = default;

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  if (state_ != nullptr) internal::ProcessState::let_go(std::move(state_));
  state_ = std::move(other.state_);
  return *this;
}

Process::~Process() {
  if (state_ != nullptr) internal::ProcessState::let_go(std::move(state_));
}

PipeEnd& Process::input() { return state_->pipe(0); }
PipeEnd& Process::output() { return state_->pipe(1); }
PipeEnd& Process::error() { return state_->pipe(2); }

ProcessWait Process::wait() noexcept { return ProcessWait(*state_); }
std::optional<ProcessEnd> Process::try_wait() noexcept { return state_->try_reap(); }
bool Process::send_signal(int number) { return state_->send_signal(number); }
pid_t Process::pid() const noexcept { return state_->pid(); }

Task<ProcessEnd> Process::stop(Duration grace) {
  send_signal(SIGTERM);
  auto polite = co_await outcome(timeout(grace, wait()));
  if (polite.ok()) co_return *polite;
  send_signal(SIGKILL);
  co_return co_await wait();
}

}  // namespace ringback
