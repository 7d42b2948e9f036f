#include "ringback/exec/io_thread.h"

#include <pthread.h>

#include <system_error>

namespace ringback {

using namespace runtime;

std::thread internal::make_thread(const std::string& name, void (*body)(void*), void* argument) {
  try {
    return std::thread([name = name.substr(0, 15), body, argument] {
      pthread_setname_np(pthread_self(), name.c_str());
      body(argument);
    });
  } catch (const std::system_error& error) {
    throw Error(ErrorKind::exhausted, "start thread", "the system gives no more threads", error.code().value(), name);
  }
}

void IoThread::start(const std::string& name) {
  thread_ = internal::make_thread(
      name,
      [](void* self) {
        IoThread& io = *static_cast<IoThread*>(self);
        io.drive([&io] { return io.end_job_.has_run() && io.driver().in_flight() == 0; });
      },
      this);
}

void IoThread::end() noexcept {
  if (!thread_.joinable()) return;
  post(end_job_);
  thread_.join();
}

}  // namespace ringback
