// What a Process holds: the pidfd, our ends of the pipes, and how it ended.
//
// Threads: the end is learnt by whoever looks first (a wait, the destructor) and is kept under lock_.
#pragma once

#include <mutex>

#include "ringback/io/process.h"

namespace ringback::internal {

class ProcessState {
 public:
  ProcessState(std::vector<std::string> command, const ProcessOptions& options);
  ~ProcessState();

  // Destroys; where the kernel has not ended the process by then, it is kept until it has been reaped.
  static void let_go(std::unique_ptr<ProcessState> state) noexcept;

  std::optional<ProcessEnd> try_reap() noexcept;
  bool send_signal(int number);

  pid_t pid() const noexcept { return pid_; }
  Resource& resource() noexcept { return *resource_; }
  PipeEnd& pipe(int number);

 private:
  // The child's side of one standard stream, until it has been started.
  struct ChildSide {
    Descriptor made;
    int fd = -1;
  };

  ChildSide connect(int number, const StandardStream& stream);
  void start(std::vector<std::string>& command, const ProcessOptions& options, const ChildSide* sides);
  bool ends_within(Duration limit) noexcept;

  const std::string program_;
  std::optional<PipeEnd> pipes_[3];
  std::optional<Resource> resource_;  // the pidfd
  pid_t pid_ = -1;
  std::mutex lock_;
  std::optional<ProcessEnd> end_;
  std::unique_ptr<ProcessState> next_;  // of those that were let go before they had ended

  friend class LeftBehind;
};

}  // namespace ringback::internal
