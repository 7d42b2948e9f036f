// A file, written and read without stopping a thread that has others to serve.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "ringback/async/run.h"
#include "ringback/async/start.h"
#include "ringback/exec/pool.h"
#include "ringback/io/file.h"

using namespace ringback;

// [steps]
// Piece by piece, saying how far it is.
Task<std::uint64_t> count_lines(std::string path) {
  File file = co_await File::open(path);
  std::array<std::byte, 16> buffer;
  std::uint64_t lines = 0;
  std::uint64_t done = 0;
  for (;;) {
    const std::size_t got = co_await file.read(buffer);
    if (got == 0) break;  // the end
    for (char c : text_of(std::span(buffer).first(got))) lines += c == '\n';
    done += got;
    std::printf("  %3d %%\n", static_cast<int>(100 * done / file.size()));
  }
  co_return lines;
}
// [/steps]

// [errors]
Task<> read_what_is_not_there(std::string path) {
  try {
    co_await read_file(path);
  } catch (const Error& error) {
    std::printf("%s: %s\n", error.operation().c_str(), std::string(to_string(error.kind())).c_str());
  }
}
// [/errors]

int main() {
  const std::string path = std::filesystem::temp_directory_path() / ("ringback." + std::to_string(getpid()));

  // [waits]
  wait(write_file(path, "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"));  // this thread waits
  std::printf("%zu bytes\n", wait(read_file(path)).size());

  start(count_lines(path), on(Inline{}), [](Outcome<std::uint64_t> lines) {  // then calls back
    std::printf("%d lines\n", static_cast<int>(*lines));
  });

  Pool pool({.threads = 1});
  Future<std::string> text = spawn(pool, read_file(path));  // a worker, which goes on meanwhile
  std::printf("%zu bytes\n", text.get().size());
  // [/waits]

  std::filesystem::remove(path);
  run(read_what_is_not_there(path));
}
