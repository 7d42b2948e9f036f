#include "ringback/io/internal/process_pool_core.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "ringback/async/outcome_of.h"
#include "ringback/async/shield.h"
#include "ringback/async/timeout.h"
#include "ringback/base/check.h"
#include "ringback/io/internal/real_time.h"
#include "ringback/io/line_reader.h"

namespace ringback::internal {
namespace {

using Kind = ProcessMessageHead::Kind;

constexpr Duration kEndLimit = std::chrono::seconds(5);
constexpr std::size_t kReadStepBytes = std::size_t{1} << 20;
constexpr std::string_view kHint = ": does main() begin with process_worker_main()?";

struct SocketPair {
  Descriptor ours;
  Descriptor theirs;
};

SocketPair socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw Error::from_os(errno, "start worker");
  SocketPair pair{Descriptor(ends[0]), Descriptor(ends[1])};
  ::fcntl(ends[0], F_SETFL, ::fcntl(ends[0], F_GETFL) | O_NONBLOCK);
  return pair;
}

std::optional<ProcessEnd> end_within(Outcome<ProcessEnd> ended) {
  return ended.ok() ? std::optional<ProcessEnd>(*ended) : std::nullopt;
}

}  // namespace

struct ProcessPoolCore::Worker {
  Worker(Process started, Descriptor socket)
      : process(std::move(started)), line(std::move(socket), "a worker process") {}

  Process process;
  PipeEnd line;
  bool is_ready = false;
  std::optional<ProcessEnd> end;
};

// One call, from being accepted to its end.
class ProcessPoolCore::CallInside {
 public:
  CallInside(ProcessPoolCore& pool, std::string_view name) : pool_(pool) {
    std::lock_guard guard(pool.lock_);
    if (pool.is_closed_) throw Error(ErrorKind::shut_down, name, "the ProcessPool has been shut down");
    if (pool.calls_ >= pool.options_.workers && pool.calls_ - pool.options_.workers >= pool.options_.queue_max) {
      throw Error(ErrorKind::overloaded, name,
                  "the ProcessPool is full: " + std::to_string(pool.options_.queue_max) + " calls wait");
    }
    ++pool.calls_;
  }
  // Whoever waits in shutdown() may destroy the pool once it has been told.
  ~CallInside() {
    bool is_last = false;
    {
      std::lock_guard guard(pool_.lock_);
      is_last = --pool_.calls_ == 0 && pool_.is_closed_;
    }
    if (is_last) pool_.deserted_.set();
  }
  CallInside(const CallInside&) = delete;
  CallInside& operator=(const CallInside&) = delete;

 private:
  ProcessPoolCore& pool_;
};

// While it lives shutdown_now() can kill the worker.
class ProcessPoolCore::Busy {
 public:
  Busy(ProcessPoolCore& pool, Worker& worker, std::string_view name) : pool_(pool), worker_(&worker) {
    std::lock_guard guard(pool.lock_);
    pool.fail_if_stopping(name);
    pool.busy_.push_back(&worker);
  }
  ~Busy() {
    std::lock_guard guard(pool_.lock_);
    std::erase(pool_.busy_, worker_);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  ProcessPoolCore& pool_;
  Worker* const worker_;
};

ProcessPoolCore::ProcessPoolCore(ProcessPoolOptions options) : options_(std::move(options)), places_(options_.workers) {
  RINGBACK_CHECK(options_.workers != 0, "a ProcessPool without workers could never run anything: give at least 1");
  if (is_unserved_process_worker()) {
    throw Error(ErrorKind::invalid, "ProcessPool",
                "this is a worker of a ProcessPool, which main() does not know: begin it with process_worker_main()");
  }
  idle_.reserve(options_.workers);
  busy_.reserve(options_.workers);
}

// All are told before the first is waited for.
ProcessPoolCore::~ProcessPoolCore() {
  RINGBACK_CHECK(calls_ == 0, "a ProcessPool was destroyed with calls in flight: await them, or shutdown_now()");
  for (const auto& worker : idle_) worker->process.send_signal(SIGKILL);
}

std::size_t ProcessPoolCore::worker_count() const noexcept {
  std::lock_guard guard(lock_);
  return idle_.size() + busy_.size();
}

std::unique_ptr<ProcessPoolCore::Worker> ProcessPoolCore::start_worker() {
  SocketPair pair = socket_pair();
  Process process({options_.program, kProcessWorkerArgument}, {.input = StandardStream::descriptor(pair.theirs.fd())});
  return std::make_unique<Worker>(std::move(process), std::move(pair.ours));
}

// One that has ended meanwhile is nobody's loss.
std::unique_ptr<ProcessPoolCore::Worker> ProcessPoolCore::take_idle() {
  for (;;) {
    std::unique_ptr<Worker> worker;
    {
      std::lock_guard guard(lock_);
      if (idle_.empty()) return nullptr;
      worker = std::move(idle_.back());
      idle_.pop_back();
    }
    if (!worker->process.try_wait().has_value()) return worker;
  }
}

// Under lock_.
void ProcessPoolCore::fail_if_stopping(std::string_view name) const {
  if (is_stopping_) throw Error(ErrorKind::shut_down, name, "the ProcessPool has been shut down");
}

// Those who waited in line start no process only to see it killed.
void ProcessPoolCore::check_not_stopping(std::string_view name) const {
  std::lock_guard guard(lock_);
  fail_if_stopping(name);
}

void ProcessPoolCore::give_back(std::unique_ptr<Worker> worker) {
  std::lock_guard guard(lock_);
  idle_.push_back(std::move(worker));
}

Task<std::string> ProcessPoolCore::call(std::string_view name, std::string arguments) {
  const CallInside inside(*this, name);
  if (arguments.size() > options_.message_bytes_max) {
    throw Error(ErrorKind::overloaded, name, "the arguments are longer than message_bytes_max");
  }
  std::string message = process_call_message(name, arguments);
  arguments = {};
  const auto place = co_await places_.acquire();
  check_not_stopping(name);
  std::unique_ptr<Worker> worker = take_idle();
  if (worker == nullptr) worker = start_worker();
  std::optional<Busy> busy(std::in_place, *this, *worker, name);
  auto reply = co_await outcome(exchange(*worker, std::move(message)));
  if (reply.ok()) {
    busy.reset();
    give_back(std::move(worker));
    co_return std::move(*reply).value();
  }
  worker->process.send_signal(SIGKILL);
  auto ended = co_await outcome(shield(timeout(on_real_time(kEndLimit), worker->process.wait())));
  worker->end = end_within(std::move(ended));
  if (reply.failure().is_cancelled()) reply.failure().raise();
  throw why_it_failed(name, *worker, reply.failure());
}

// What the function gave or threw; fails where the worker did.
Task<Outcome<std::string>> ProcessPoolCore::exchange(Worker& worker, std::string message) {
  if (!worker.is_ready) co_await await_ready(worker);
  co_await worker.line.write(message);
  ProcessMessage reply = co_await read_message(worker);
  if (reply.kind == Kind::value) co_return std::move(reply.body);
  if (reply.kind == Kind::failure) co_return Failure(decode_failure(reply.body));
  throw Error(ErrorKind::malformed, "read an answer", "the worker sent what is no answer");
}

Task<> ProcessPoolCore::await_ready(Worker& worker) {
  const Duration limit = on_real_time(options_.start_limit);
  auto first = co_await outcome(timeout(limit, read_message(worker)));
  worker.is_ready = first.ok() && first->kind == Kind::ready;
  if (worker.is_ready) co_return;
  const Error* const error = first.failure().error();
  if (error != nullptr && error->kind() == ErrorKind::timed_out) {
    throw Error(ErrorKind::timed_out, "start worker", std::string("it has not said that it is ready").append(kHint));
  }
  first.value();
  throw Error(ErrorKind::malformed, "start worker", std::string("it did not say that it is ready").append(kHint));
}

// Memory grows with what comes, not with what is announced.
Task<ProcessMessage> ProcessPoolCore::read_message(Worker& worker) {
  ProcessMessageHead head;
  co_await read_exactly(worker.line, std::as_writable_bytes(std::span(&head, 1)));
  if (head.mark != ProcessMessageHead::kMark) {
    throw Error(ErrorKind::malformed, "read an answer", "the worker sent what is no answer");
  }
  if (head.body_bytes > options_.message_bytes_max) {
    throw Error(ErrorKind::overloaded, "read an answer", "the result is longer than message_bytes_max");
  }
  ProcessMessage message;
  message.kind = head.kind;
  while (message.body.size() < head.body_bytes) {
    const std::size_t had = message.body.size();
    message.body.resize(std::min<std::size_t>(head.body_bytes, had + kReadStepBytes));
    const auto room = std::as_writable_bytes(std::span(message.body)).subspan(had);
    co_await read_exactly(worker.line, room);
  }
  co_return message;
}

Error ProcessPoolCore::why_it_failed(std::string_view name, const Worker& worker, const Failure& failure) {
  {
    std::lock_guard guard(lock_);
    if (is_stopping_) return Error(ErrorKind::shut_down, name, "the ProcessPool has been shut down");
  }
  const Error* const error = failure.error();
  const bool is_death =
      error != nullptr && (error->kind() == ErrorKind::reset || error->kind() == ErrorKind::end_of_stream);
  if (error != nullptr && !is_death) return *error;
  std::string text = worker.is_ready ? "the worker process ended before its answer, by "
                                     : "the worker process ended before it was ready, by ";
  text.append(worker.end.has_value() ? worker.end->describe() : "a signal that it has not felt yet");
  if (!worker.is_ready) text.append(kHint);
  return Error(ErrorKind::reset, name, text);
}

// Refuses calls from here on. That nobody is inside is said once: here, or by the last who leaves.
void ProcessPoolCore::close(bool stops) {
  bool is_deserted = false;
  {
    std::lock_guard guard(lock_);
    is_stopping_ = is_stopping_ || stops;
    is_deserted = !std::exchange(is_closed_, true) && calls_ == 0;
    if (stops) {
      for (Worker* worker : busy_) worker->process.send_signal(SIGKILL);
    }
  }
  if (is_deserted) deserted_.set();
}

Task<> ProcessPoolCore::shutdown() {
  close(false);
  // Those who were accepted come first: one may be on its way to its place still.
  co_await deserted_.wait();
  std::vector<std::unique_ptr<Worker>> ending;
  const auto all = co_await places_.acquire(options_.workers);
  {
    std::lock_guard guard(lock_);
    ending.swap(idle_);
    idle_.reserve(options_.workers);
  }
  for (const auto& worker : ending) ::shutdown(worker->line.fd(), SHUT_WR);
  for (const auto& worker : ending) {
    std::ignore = co_await outcome(timeout(on_real_time(kEndLimit), worker->process.wait()));
  }
}

Task<> ProcessPoolCore::shutdown_now() {
  close(true);
  co_await shutdown();
}

}  // namespace ringback::internal
