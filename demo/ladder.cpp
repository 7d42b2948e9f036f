#include "demo/ladder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <utility>

#include "ringback/base/error.h"

namespace ringback::demo {
namespace {

using Clock = std::chrono::steady_clock;

double nanoseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Keeps the compiler from knowing what `value` is, and so from folding what computes it.
template <typename T>
void make_unknown(T& value) {
  asm volatile("" : "+r"(value));
}

// A file without a name: it is gone when this is, whatever ends the process.
class ScratchFile {
 public:
  ScratchFile(const std::filesystem::path& directory, int flags) {
    std::string name = (directory / ".ringback-ladder-XXXXXX").string();
    fd_ = ::mkostemp(name.data(), flags | O_CLOEXEC);
    if (fd_ >= 0) ::unlink(name.c_str());
  }
  ~ScratchFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  int fd() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

struct Free {
  void operator()(void* memory) const noexcept { std::free(memory); }
};
using AlignedBytes = std::unique_ptr<unsigned char, Free>;

AlignedBytes aligned(std::size_t bytes) {
  AlignedBytes memory(static_cast<unsigned char*>(std::aligned_alloc(4096, bytes)));
  if (memory == nullptr) throw std::bad_alloc();
  std::fill_n(memory.get(), bytes, static_cast<unsigned char>(0x5a));
  return memory;
}

// Empty where the file system refuses.
std::vector<double> time_reads(int fd) {
  constexpr std::size_t kBlockBytes = 4096;
  constexpr std::size_t kWriteBytes = 1024 * 1024;
  constexpr std::size_t kFileBytes = 64 * kWriteBytes;
  constexpr std::size_t kReads = 400;
  const AlignedBytes buffer = aligned(kWriteBytes);
  for (std::size_t at = 0; at < kFileBytes; at += kWriteBytes) {
    if (::pwrite(fd, buffer.get(), kWriteBytes, static_cast<off_t>(at)) != static_cast<ssize_t>(kWriteBytes)) return {};
  }
  if (::fdatasync(fd) != 0) return {};

  std::vector<double> times;
  std::uint64_t block = 1;
  for (std::size_t read = 0; read < kReads; ++read) {
    block = block * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto at = static_cast<off_t>((block >> 33) % (kFileBytes / kBlockBytes) * kBlockBytes);
    ::posix_fadvise(fd, at, kBlockBytes, POSIX_FADV_DONTNEED);
    const auto start = Clock::now();
    if (::pread(fd, buffer.get(), kBlockBytes, at) != static_cast<ssize_t>(kBlockBytes)) return {};
    times.push_back(nanoseconds_since(start));
  }
  return times;
}

}  // namespace

double instruction_ns() {
  constexpr std::uint64_t kRounds = 25'000'000;
  constexpr std::uint64_t kPerRound = 8;
  std::uint64_t sum = 0;
  std::uint64_t one = 1;
  make_unknown(one);
  const auto add = [&sum, one] {
    sum += one;
    make_unknown(sum);
  };
  // Written out, so that the loop's own counting is a small part of the time.
  const auto add_all = [&add]<std::size_t... kStep>(std::index_sequence<kStep...>) {
    ((static_cast<void>(kStep), add()), ...);
  };
  const auto start = Clock::now();
  for (std::uint64_t round = 0; round < kRounds; ++round) add_all(std::make_index_sequence<kPerRound>());
  return nanoseconds_since(start) / static_cast<double>(kRounds * kPerRound);
}

double memory_ns() {
  constexpr std::size_t kLineBytes = 64;
  constexpr std::uint32_t kLines = 256 * 1024 * 1024 / kLineBytes;
  constexpr std::uint32_t kLoads = 1'000'000;
  struct alignas(kLineBytes) Line {
    std::uint32_t next;
  };
  // A linear congruence of full period visits every line once, in an order no prefetcher guesses,
  // and can be written down from first to last.
  std::vector<Line> lines(kLines);
  for (std::uint32_t at = 0; at < kLines; ++at) lines[at].next = (at * 1664525U + 1013904223U) % kLines;
  std::uint32_t at = 0;
  const auto start = Clock::now();
  for (std::uint32_t load = 0; load < kLoads; ++load) at = lines[at].next;
  make_unknown(at);
  return nanoseconds_since(start) / kLoads;
}

double disk_ns(const std::filesystem::path& directory, std::string& how) {
  how = "median of 400 random reads of 4 KiB, past the page cache (O_DIRECT)";
  {
    const ScratchFile file(directory, O_DIRECT);
    const std::vector<double> times = file.fd() < 0 ? std::vector<double>() : time_reads(file.fd());
    if (!times.empty()) return median(times);
  }
  how = "median of 400 random reads of 4 KiB, dropped from the page cache before each";
  const ScratchFile file(directory, 0);
  const std::vector<double> times = file.fd() < 0 ? std::vector<double>() : time_reads(file.fd());
  if (!times.empty()) return median(times);
  how = "no file of 64 MiB could be written in " + directory.string();
  return 0;
}

std::vector<Rung> measure_ladder(const std::filesystem::path& directory, const std::function<void()>& round_trip) {
  std::vector<Rung> rungs;
  rungs.push_back({"instruction", 0.3, instruction_ns(), "mean of 2*10^8 additions, each needing the one before"});
  rungs.push_back({"memory", 100, memory_ns(), "mean of 10^6 loads, each naming the next, over 256 MiB"});
  Rung disk{"SSD", 150'000, 0, ""};
  disk.measured_ns = disk_ns(directory, disk.how);
  rungs.push_back(disk);

  std::vector<double> times;
  for (int call = 0; call < 300; ++call) {
    const auto start = Clock::now();
    round_trip();
    times.push_back(nanoseconds_since(start));
  }
  rungs.push_back({"network", 150'000'000, median(times),
                   "median of 300 HTTP requests over loopback, this machine only; the 150 ms stand for a far network"});
  return rungs;
}

}  // namespace ringback::demo
