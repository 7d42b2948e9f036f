#include "demo/digest.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace ringback::demo {

std::uint64_t digest(std::string_view text, std::uint64_t bytes) {
  std::uint64_t hash = 14695981039346656037ULL;
  std::uint64_t left = bytes == 0 ? text.size() : bytes;
  while (left > 0 && !text.empty()) {
    for (const char c : text.substr(0, std::min<std::uint64_t>(left, text.size()))) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    left -= std::min<std::uint64_t>(left, text.size());
  }
  return hash;
}

std::uint64_t digest_bytes_in(Duration length) {
  constexpr std::uint64_t kTrialBytes = 2'000'000;
  const std::string text(1000, 'x');
  double fastest_ns = 1e18;
  for (int trial = 0; trial < 5; ++trial) {
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t hash = digest(text, kTrialBytes);
    asm volatile("" : "+r"(hash));
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    fastest_ns = std::min(fastest_ns, took.count());
  }
  return static_cast<std::uint64_t>(static_cast<double>(length.count()) / fastest_ns * kTrialBytes);
}

std::uint64_t sum_of_squares() {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < 10'000'000; ++i) {
    sum += i * i;
    asm volatile("" : "+r"(sum));  // The compiler knows the closed form, and would take it.
  }
  return sum;
}

}  // namespace ringback::demo
