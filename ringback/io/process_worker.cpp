// What a worker of a ProcessPool does: one call after the other, on one thread, by plain system calls.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "ringback/base/check.h"
#include "ringback/io/internal/process_message.h"
#include "ringback/io/process_codec.h"
#include "ringback/io/process_function.h"
#include "ringback/io/process_pool.h"

namespace ringback {
namespace {

using internal::ProcessMessageHead;
using Kind = ProcessMessageHead::Kind;

std::atomic<bool> is_serving{false};

// False: the pool will send no more.
bool read_full(int line, void* into, std::size_t count) noexcept {
  auto* to = static_cast<char*>(into);
  while (count != 0) {
    const ssize_t got = ::read(line, to, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

bool send_full(int line, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(line, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// The pool's end closes when its process ends, whatever this one is busy with. (A signal at the parent's
// death would come when the thread that started us ends.)
void end_with_the_pool(int line) noexcept {
  pollfd peer{line, 0, 0};
  while (::poll(&peer, 1, -1) < 0) {
  }
  ::_exit(1);
}

// Away from standard input, which anything in this program may read.
int take_line() {
  const int line = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  sockaddr address{};
  socklen_t size = sizeof address;
  RINGBACK_CHECK(line >= 0 && ::getpeername(line, &address, &size) == 0,
                 "only a ProcessPool starts a program with the argument of a worker");
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::close(nothing);
  return line;
}

std::string answer(std::string_view call) {
  std::string name;
  try {
    name = internal::ProcessCodec<std::string>::take(call);
    const internal::ProcessFunctionBase* const function = internal::ProcessFunctionBase::find(name);
    if (function == nullptr) {
      throw Error(ErrorKind::not_found, name,
                  "the worker has no ProcessFunction of this name: define it at namespace scope");
    }
    return internal::process_message(Kind::value, function->call_with_bytes(call));
  } catch (...) {
    return internal::process_message(Kind::failure, internal::encode_failure(Failure::from_current(), name));
  }
}

void serve(int line) {
  if (!send_full(line, internal::process_message(Kind::ready, {}))) return;
  ProcessMessageHead head;
  while (read_full(line, &head, sizeof head)) {
    std::string body(head.body_bytes, '\0');
    if (!read_full(line, body.data(), body.size())) return;
    const std::string reply = answer(body);
    std::fflush(nullptr);  // The next end may be a kill.
    if (!send_full(line, reply)) return;
  }
}

}  // namespace

void process_worker_main(int argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]) != internal::kProcessWorkerArgument) return;
  is_serving = true;
  ::prctl(PR_SET_NAME, "process-worker");  // Not "exe", which it was started as.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  const int line = take_line();
  std::thread(end_with_the_pool, line).detach();
  serve(line);
  std::exit(0);
}

bool internal::is_unserved_process_worker() {
  if (is_serving) return false;
  std::ifstream file("/proc/self/cmdline");
  std::string word;
  std::getline(file, word, '\0');
  return std::getline(file, word, '\0') && word == kProcessWorkerArgument;
}

}  // namespace ringback
