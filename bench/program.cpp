#include "bench/program.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <sched.h>

#include "bench/memory.h"

namespace bench {
namespace {

const Workload* first = nullptr;

std::uint64_t ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

struct Begin {
  std::uint64_t bytes = 0;
  std::uint64_t wall = 0;
  std::uint64_t cpu = 0;
};
Begin began;

int run(const Workload& workload, std::uint64_t count) {
  begin_measuring();
  const std::uint64_t checksum = workload.run(count);
  const std::uint64_t cpu_ns = ns(CLOCK_PROCESS_CPUTIME_ID) - began.cpu;
  const std::uint64_t wall_ns = ns(CLOCK_MONOTONIC) - began.wall;
  const std::uint64_t bytes = peak_bytes();
  std::printf("{\"workload\": \"%s\", \"operations\": %" PRIu64 ", \"checksum\": %" PRIu64 ", \"wall_ns\": %" PRIu64
              ", \"cpu_ns\": %" PRIu64 ", \"bytes\": %" PRIu64 "}\n",
              workload.name, count, checksum, wall_ns, cpu_ns, bytes > began.bytes ? bytes - began.bytes : 0);
  return 0;
}

}  // namespace

Workload::Workload(const char* named, std::uint64_t (*runs)(std::uint64_t)) : name(named), run(runs), next(first) {
  first = this;
}

void begin_measuring() {
  began.bytes = peak_bytes();
  began.wall = ns(CLOCK_MONOTONIC);
  began.cpu = ns(CLOCK_PROCESS_CPUTIME_ID);
}

void pin_thread(int index) {
  cpu_set_t given;
  sched_getaffinity(0, sizeof(given), &given);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &given) || index-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof(one), &one);
    return;
  }
}

void tell_port(std::uint16_t port) {
  std::printf("port %d\n", port);
  std::fflush(stdout);
}

void blocking_wait_for_end() {
  while (std::getchar() != EOF) continue;
}

}  // namespace bench

int main(int argc, char** argv) {
  const std::uint64_t count = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 0;
  for (const bench::Workload* each = bench::first; each != nullptr && count > 0; each = each->next) {
    if (std::strcmp(each->name, argv[1]) == 0) return bench::run(*each, count);
  }
  std::fprintf(stderr, "usage: %s WORKLOAD COUNT, with WORKLOAD one of\n", argv[0]);
  for (const bench::Workload* each = bench::first; each != nullptr; each = each->next) {
    std::fprintf(stderr, "  %s\n", each->name);
  }
  return 2;
}
