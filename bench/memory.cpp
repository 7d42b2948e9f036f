#include "bench/memory.h"

#include <cinttypes>
#include <cstdio>

namespace bench {

std::uint64_t peak_bytes() {
  std::uint64_t kib = 0;
  std::FILE* status = std::fopen("/proc/self/status", "re");
  if (status == nullptr) return 0;
  char line[256];
  while (std::fgets(line, sizeof(line), status) != nullptr) {
    if (std::sscanf(line, "VmHWM: %" SCNu64, &kib) == 1) break;
  }
  std::fclose(status);
  return kib * 1024;
}

}  // namespace bench
