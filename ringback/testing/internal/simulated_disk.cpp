#include "ringback/testing/internal/simulated_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ringback/base/error.h"

namespace ringback::testing::internal {

using namespace runtime;

namespace {

using Code = RequestWords::Code;

std::optional<struct stat> look_at(int fd) noexcept {
  struct stat about{};
  if (::fstat(fd, &about) != 0) return std::nullopt;
  return about;
}

std::uint64_t inode_of(int fd) noexcept {
  const auto about = look_at(fd);
  return about ? about->st_ino : 0;
}

std::optional<std::string> contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::int32_t carry_out(const RequestWords& words) noexcept {
  Result result;
  attempt(words, result);
  return result.value;
}

// Opens the file anew, whatever it is called by now.
std::string name_in_proc(const Descriptor& file) { return "/proc/self/fd/" + std::to_string(file.fd()); }

Descriptor second_of(int fd) {
  Descriptor second(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!second.is_open()) throw Error::from_os(errno, "simulate a file");
  return second;
}

bool opens_for_writing(const RequestWords& words) noexcept {
  return (static_cast<int>(words.flags) & O_ACCMODE) != O_RDONLY;
}

}  // namespace

bool SimulatedDisk::is_for_file(const RequestWords& words) noexcept {
  if (words.code == Code::open || words.code == Code::sync) return true;
  if (words.code != Code::read && words.code != Code::write) return false;
  const auto about = look_at(words.fd);
  return about && S_ISREG(about->st_mode);
}

std::int32_t SimulatedDisk::fault_of(const RequestWords& words) noexcept {
  if (words.code == Code::open) return 0;
  if (dice_.strikes(faults_.broken)) return -EIO;
  return words.code == Code::write && dice_.strikes(faults_.full) ? -ENOSPC : 0;
}

std::int32_t SimulatedDisk::perform(const RequestWords& words) {
  if (const std::int32_t fault = fault_of(words); fault != 0) return fault;
  RequestWords some = words;
  const bool transfers = words.code == Code::read || words.code == Code::write;
  if (transfers && words.length > 1 && dice_.strikes(faults_.short_transfer)) {
    some.length = 1 + static_cast<std::uint32_t>(dice_.up_to(words.length - 2));
  }
  if (words.code == Code::open) return open(words);
  if (words.code == Code::write) return write(some);
  if (words.code == Code::read) return carry_out(some);
  return sync(words);
}

// The real disk is not bothered: no crash of this machine is what is tried here.
std::int32_t SimulatedDisk::sync(const RequestWords& words) {
  if (faults_.sync_lies) return 0;
  if (!look_at(words.fd)) return -EBADF;
  const auto found = files_.find(inode_of(words.fd));
  if (found != files_.end()) {
    found->second.is_dirty = false;
    found->second.writes.clear();
  }
  return 0;
}

std::int32_t SimulatedDisk::open(const RequestWords& words) {
  const bool is_followed = opens_for_writing(words) && (words.fd == -1 || words.fd == AT_FDCWD);
  std::optional<std::string> before;
  if (is_followed) before = contents_of(words.path);
  Descriptor opened(carry_out(words));
  if (!opened.is_open() || !is_followed) return opened.release();
  const bool changes = !before || (static_cast<int>(words.flags) & O_TRUNC) != 0;
  try {
    File& file = files_.try_emplace(inode_of(opened.fd())).first->second;
    if (!file.kept.is_open()) file.kept = second_of(opened.fd());
    if (!file.is_dirty) file.durable = std::move(before);
    file.is_dirty |= changes;
  } catch (const Error& error) {
    return -error.os_code();
  }
  return opened.release();
}

std::int32_t SimulatedDisk::write(const RequestWords& words) {
  const auto found = files_.find(inode_of(words.fd));
  if (found == files_.end()) return carry_out(words);
  File& file = found->second;
  if (!file.is_dirty) file.durable = contents_of(name_in_proc(file.kept));
  std::string bytes(static_cast<const char*>(words.constant_buffer), words.length);
  file.writes.reserve(file.writes.size() + 1);
  const std::int32_t written = carry_out(words);
  if (written <= 0) return written;
  const std::int64_t offset = words.offset >= 0 ? words.offset : ::lseek(words.fd, 0, SEEK_CUR) - written;
  bytes.resize(static_cast<std::size_t>(written));
  file.is_dirty = true;
  file.writes.push_back({offset, std::move(bytes)});
  return written;
}

void SimulatedDisk::crash() {
  for (auto& [inode, file] : files_) {
    if (file.is_dirty) put_back(file);
  }
  files_.clear();
}

void SimulatedDisk::put_back(File& file) {
  std::string left = file.durable.value_or("");
  bool is_there = file.durable.has_value();
  for (std::size_t i = 0; i < file.writes.size(); ++i) {
    Write& write = file.writes[i];
    if (dice_.up_to(1) == 0) continue;
    if (i + 1 == file.writes.size()) write.bytes.resize(dice_.up_to(write.bytes.size()));
    const auto offset = static_cast<std::size_t>(write.offset);
    if (left.size() < offset + write.bytes.size()) left.resize(offset + write.bytes.size());
    left.replace(offset, write.bytes.size(), write.bytes);
    is_there = true;
  }
  const std::string name = name_in_proc(file.kept);
  if (is_there) {
    std::ofstream(name, std::ios::binary | std::ios::trunc) << left;
    return;
  }
  std::error_code ignored;
  const std::filesystem::path called = std::filesystem::read_symlink(name, ignored);
  if (!ignored) std::filesystem::remove(called, ignored);
}

}  // namespace ringback::testing::internal
