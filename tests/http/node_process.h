// A script that node runs beside a test, with pipes to its standard input and from its output.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace ringback::testing_peers {

// Node is an optional package (tools/setup peers): where it is not, tests with it are skipped.
inline bool has_node() {
  static const bool is_there = std::system("node --version >/dev/null 2>&1") == 0;
  return is_there;
}

class NodeProcess {
 public:
  // `script`: beside this file.
  explicit NodeProcess(const std::string& script, const std::string& argument = "") {
    int to_child[2];
    int from_child[2];
    if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const std::string path = std::string(RINGBACK_TEST_SCRIPTS) + "/" + script;
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(to_child[0], 0);
      ::dup2(from_child[1], 1);
      ::execlp("node", "node", path.c_str(), argument.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    input_ = to_child[1];
    output_ = from_child[0];
  }
  NodeProcess(const NodeProcess&) = delete;
  NodeProcess& operator=(const NodeProcess&) = delete;
  ~NodeProcess() {
    end();
    ::close(output_);
  }

  // Without its end.
  std::string read_line() {
    std::string line;
    char letter = 0;
    while (::read(output_, &letter, 1) == 1 && letter != '\n') line.push_back(letter);
    return line;
  }

  // Closes its input, on which it ends, or lets it end; gives its exit status.
  int end() {
    if (child_ == 0) return status_;
    ::close(input_);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t child_ = 0;
  int input_ = -1;
  int output_ = -1;
  int status_ = -1;
};

}  // namespace ringback::testing_peers
