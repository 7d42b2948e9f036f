// What the C++ programs of the benchmarks have in common: named workloads, each run once and reported
// as one line of JSON. Programs in other languages print the same line.
#pragma once

#include <chrono>
#include <cstdint>

namespace bench {

// Does `count` operations and gives their checksum, by which the driver knows that all were done.
// What it says on its own is a line before the report: a server says "port N".
struct Workload {
  const char* name;
  std::uint64_t (*run)(std::uint64_t count);

  Workload(const char* named, std::uint64_t (*runs)(std::uint64_t));
  const Workload* next;  // All of a program's, in no order that matters.
};

// As many children are begun together and joined together.
inline constexpr std::uint64_t kBatch = 64;
// As many items a queue holds.
inline constexpr std::uint64_t kQueue = 64;
// As many tasks yield to each other.
inline constexpr std::uint64_t kYielders = 4;
// An error passes through as many awaits.
inline constexpr std::uint64_t kErrorDepth = 10;
inline constexpr auto kSleep = std::chrono::milliseconds(100);

// The sleepers of the spread: 50 to 150 ms, in no order. Every program has the same.
inline std::chrono::microseconds spread_sleep(std::uint64_t i) {
  return std::chrono::microseconds(50'000 + i * 7919 % 100'000);
}

// Keeps the calling thread on one processor, counted among those the program was given.
void pin_thread(int index);

// What came before was preparation and is not measured.
void begin_measuring();

// A server says where it listens.
void tell_port(std::uint16_t port);

// Stops the thread until the driver has nothing more to ask of a server: it closes the standard input.
void blocking_wait_for_end();

}  // namespace bench
