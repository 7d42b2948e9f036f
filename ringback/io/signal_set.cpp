#include "ringback/io/signal_set.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <cerrno>
#include <ctime>

namespace ringback {

using namespace runtime;

namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) {
    if (sigaddset(&set, signal) != 0) throw Error::from_os(EINVAL, "await signals");
  }
  return set;
}

Descriptor signal_descriptor(const sigset_t& set) {
  Descriptor made(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!made.is_open()) throw Error::from_os(errno, "await signals");
  return made;
}

}  // namespace

SignalSet::SignalSet(std::initializer_list<int> signals)
    : mine_(set_of(signals)), resource_(signal_descriptor(mine_), "signals") {
  sigset_t before;
  sigemptyset(&newly_blocked_);
  pthread_sigmask(SIG_BLOCK, &mine_, &before);
  for (const int signal : signals) {
    if (sigismember(&before, signal) == 0) sigaddset(&newly_blocked_, signal);
  }
}

// One that is pending would have its old effect, ending the process perhaps, once unblocked.
SignalSet::~SignalSet() {
  const timespec at_once = {};
  while (sigtimedwait(&newly_blocked_, nullptr, &at_once) > 0) {
  }
  pthread_sigmask(SIG_UNBLOCK, &newly_blocked_, nullptr);
}

SignalNext SignalSet::next() noexcept { return SignalNext(resource_); }

SignalNext::SignalNext(Resource& resource) noexcept : ReadyOperation("await signal", &resource, Use::reading, POLLIN) {}

// A signalfd shows the signals of whichever thread reads it, so this may run on another one than made it.
bool SignalNext::try_now() noexcept {
  signalfd_siginfo info;
  const ssize_t got = ::read(resource()->fd(), &info, sizeof info);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  set_value(got < 0 ? -errno : static_cast<std::int32_t>(info.ssi_signo));
  return true;
}

Outcome<int> SignalNext::take() {
  if (value() < 0) return failure();
  return value();
}

}  // namespace ringback
