// Names of places in the program, for reports.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "tests/interleaving/machine.h"

extern "C" {
extern char __executable_start;  // NOLINT(bugprone-reserved-identifier): the linker's name
}

namespace ringback::interleaving {
namespace {

// A frame as the symbolizer tells it: "function(arguments) at path:line:column", or the one it was put
// into: " (inlined by) function ...".
struct Frame {
  std::string function;
  std::string place;
};

Frame frame_of(std::string line) {
  constexpr std::string_view kInlined = " (inlined by) ";
  if (line.starts_with(kInlined)) line.erase(0, kInlined.size());
  const std::size_t at = line.rfind(" at ");
  if (at == std::string::npos) return {line, ""};
  Frame frame{line.substr(0, at), line.substr(at + 4)};
  frame.place.erase(std::min(frame.place.rfind(':'), frame.place.size()));  // the column
  return frame;
}

// The innermost that is not of the C++ library.
bool is_ours(const Frame& frame) {
  return frame.place.find("/ringback/") != std::string::npos || frame.place.find("/tests/") != std::string::npos ||
         frame.place.starts_with("ringback/") || frame.place.starts_with("tests/");
}

std::string text_of(const Frame& frame) {
  constexpr std::size_t kMost = 70;
  const std::string file = frame.place.substr(frame.place.rfind('/') + 1);
  const std::size_t end = frame.function.find('(');
  std::string name =
      frame.function.substr(0, frame.function.find("operator()") == std::string::npos ? end : std::string::npos);
  if (name.size() > kMost) name = "..." + name.substr(name.size() - kMost);
  return file + " " + name;
}

}  // namespace

std::vector<std::string> names_of(const std::vector<const void*>& pcs) {
  std::vector<std::string> names(pcs.size());
  std::string command = "llvm-symbolizer-19 --pretty-print --demangle --obj=/proc/" + std::to_string(getpid()) + "/exe";
  for (const void* pc : pcs) {
    char address[32];
    const auto offset = static_cast<const char*>(pc) - &__executable_start - 1;
    std::snprintf(address, sizeof address, " 0x%zx", pc == nullptr ? 0 : static_cast<std::size_t>(offset));
    command += address;
  }
  std::FILE* const pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return names;
  char buffer[4096];
  Frame best;
  for (std::size_t i = 0; i < names.size() && std::fgets(buffer, sizeof buffer, pipe) != nullptr;) {
    std::string line(buffer);
    while (line.ends_with('\n')) line.pop_back();
    if (!line.empty()) {
      if (Frame frame = frame_of(line); best.function.empty() || !is_ours(best)) best = std::move(frame);
      continue;
    }
    if (pcs[i] != nullptr) names[i] = text_of(best);  // An empty line ends the frames of one place.
    best = {};
    ++i;
  }
  pclose(pipe);
  return names;
}

}  // namespace ringback::interleaving
