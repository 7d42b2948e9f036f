#include "cli/compressed_file.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "ringback/base/error.h"
#include "ringback/io/descriptor.h"

namespace ringback::cli {
namespace {

constexpr const char* kHelper = "/usr/lib/apt/apt-helper";

std::string read_to_end(const Descriptor& from) {
  std::string text;
  std::array<char, 65536> part;
  while (true) {
    const ssize_t bytes = ::read(from.fd(), part.data(), part.size());
    if (bytes == 0) return text;
    if (bytes > 0) {
      text.append(part.data(), static_cast<std::size_t>(bytes));
    } else if (errno != EINTR) {
      throw Error::from_os(errno, "read", kHelper);
    }
  }
}

// With its standard output in `output`, and its standard error nowhere.
pid_t start_helper(const std::filesystem::path& file, const Descriptor& output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output.fd(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string path = file.string();
  std::array<char*, 4> words{const_cast<char*>(kHelper), const_cast<char*>("cat-file"), path.data(), nullptr};
  pid_t pid = -1;
  const int code = ::posix_spawn(&pid, kHelper, &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (code != 0) throw Error::from_os(code, "start apt's helper, which uncompresses", path);
  return pid;
}

bool has_succeeded(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw Error::from_os(errno, "wait for", kHelper);
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

bool is_compressed(const std::filesystem::path& file) {
  constexpr std::array kEnds{".lz4", ".gz", ".xz", ".bz2", ".lzma", ".zst"};
  const std::string end = file.extension().string();
  return std::find(kEnds.begin(), kEnds.end(), end) != kEnds.end();
}

std::string read_compressed(const std::filesystem::path& file) {
  if (::access(file.c_str(), R_OK) != 0) throw Error::from_os(errno, "read", file.string());
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::from_os(errno, "pipe");
  const Descriptor reader(ends[0]);
  Descriptor writer(ends[1]);
  const pid_t pid = start_helper(file, writer);
  writer = Descriptor();
  std::string text;
  try {
    text = read_to_end(reader);
  } catch (...) {
    has_succeeded(pid);
    throw;
  }
  if (!has_succeeded(pid)) throw Error(ErrorKind::io, "uncompress", "apt's helper could not read it", 0, file.string());
  return text;
}

}  // namespace ringback::cli
