#include "ringback/io/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/scope.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/io/places_test.h"
#include "ringback/testing/temporary_folder.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;

class Files : public PlaceTest {
 protected:
  std::string path(const std::string& name) const { return folder_.file(name); }

  const testing::TemporaryFolder folder_;
};

TEST_P(Files, what_is_written_is_read_again) {
  const std::string name = path("file");
  for (const std::size_t size : {0u, 1u, 4096u, 3'000'000u}) {
    std::string text(size, '.');
    for (std::size_t i = 0; i < size; i += 7) text[i] = static_cast<char>('a' + i % 26);
    in_place(write_file(name, text));
    EXPECT_EQ(in_place(read_file(name)), text);
  }
}

TEST_P(Files, a_file_that_tells_no_size_is_read_whole) {
  EXPECT_GT(in_place(read_file("/proc/self/status")).size(), 100u);
}

Task<std::string> write_in_pieces(std::string name) {
  std::byte buffer[4];
  File file = co_await File::open(name, {.read = true, .write = true, .create = true, .truncate = true});
  co_await file.write("0123");
  co_await file.write("4567");
  co_await file.write_at(2, bytes_of("ab"));
  co_await file.sync();
  co_await file.sync(File::Sync::data_only);
  std::size_t got = co_await file.read_at(1, buffer);
  std::string seen(text_of(std::span(buffer).first(got)));
  got = co_await file.read_at(100, buffer);
  seen += std::to_string(got) + std::to_string(file.size());
  file.resize(3);
  seen += std::to_string(file.size());
  co_await file.close();
  co_return seen;
}

TEST_P(Files, reads_and_writes_have_an_offset_or_the_files_own_position) {
  EXPECT_EQ(in_place(write_in_pieces(path("file"))), "1ab4083");
}

Task<> append(std::string name, std::string text) {
  File file = co_await File::open(name, {.create = true, .append = true});
  co_await file.write(text);
}

TEST_P(Files, appending_goes_to_the_end) {
  const std::string name = path("file");
  in_place(append(name, "a"));
  in_place(append(name, "b"));
  EXPECT_EQ(in_place(read_file(name)), "ab");
}

template <typename Call>
std::string error_of(Call&& call) {
  try {
    static_cast<void>(call());
  } catch (const Error& error) {
    return std::string(to_string(error.kind())) + " " + std::to_string(error.os_code()) + " " + error.operation() +
           " " + error.peer();
  }
  return "none";
}

TEST_P(Files, contract_46_errors_are_told_apart_with_code_operation_and_path) {
  const std::string name = path("file");
  EXPECT_EQ(error_of([&] { return in_place(read_file(name)); }),
            "not_found " + std::to_string(ENOENT) + " open " + name);
  in_place(write_file(name, "x"));
  EXPECT_EQ(error_of([&] { return in_place(File::open(name, {.write = true, .create = true, .exclusive = true})); }),
            "exists " + std::to_string(EEXIST) + " open " + name);
  EXPECT_EQ(error_of([&] { return in_place(read_file(name + "/below")); }),
            "invalid " + std::to_string(ENOTDIR) + " open " + name + "/below");
  EXPECT_EQ(error_of([&] { return in_place(read_file(folder_.path())); }),
            "invalid " + std::to_string(EISDIR) + " read " + folder_.path());
}

Task<> write_to_full() {
  File full = co_await File::open("/dev/full", {.write = true});
  co_await full.write("x");
}

TEST_P(Files, a_full_disk_is_exhausted) {
  EXPECT_EQ(kind_thrown_by([&] { return in_place(write_to_full()), 0; }), ErrorKind::exhausted);
}

Task<std::string> use_after_close(std::string name) {
  std::byte byte;
  File file = co_await File::open(name, {.write = true, .create = true});
  co_await file.close();
  auto late = co_await outcome(file.read(std::span(&byte, 1)));
  co_return std::string(to_string(late.failure().error()->kind()));
}

TEST_P(Files, a_closed_file_says_so) { EXPECT_EQ(in_place(use_after_close(path("file"))), "closed"); }

Task<> open_in_a_cancelled_scope(std::string name) {
  auto cancelled = co_await outcome(with_scope([&name](Scope& scope) -> Task<> {
    const OpenOptions options{.write = true, .create = true};
    scope.cancel();
    co_await File::open(name, options);
  }));
  EXPECT_FALSE(cancelled.ok());
}

TEST_P(Files, contract_08_a_cancelled_open_makes_no_file) {
  const std::string name = path("file");
  in_place(open_in_a_cancelled_scope(name));
  EXPECT_NE(::access(name.c_str(), F_OK), 0);
}

TEST_P(Files, contract_10_a_file_is_read_past_the_deadline) {
  const std::string name = path("file");
  in_place(write_file(name, "now"));
  EXPECT_EQ(in_place(timeout(0s, read_file(name))), "now");
}

Task<> open_many(std::string name, int count) {
  for (int i = 0; i < count; ++i) {
    auto raced = co_await outcome(timeout(std::chrono::microseconds(i % 40), File::open(name)));
    static_cast<void>(raced);
  }
}

TEST_P(Files, contract_07_an_open_that_met_its_deadline_leaves_no_descriptor) {
  const std::string name = path("file");
  in_place(write_file(name, "x"));
  wait(yield());
  in_place(open_many(name, 10));
  const std::size_t before = open_descriptor_count();
  in_place(open_many(name, 300));
  EXPECT_EQ(open_descriptor_count(), before);
}

Task<std::size_t> read_side_by_side(std::string name) {
  std::byte bytes[4][1000];
  File file = co_await File::open(name);
  auto all = co_await gather(file.read_at(0, bytes[0]), file.read_at(1000, bytes[1]), file.read_at(2000, bytes[2]),
                             file.read_at(3000, bytes[3]));
  co_return std::get<0>(all) + std::get<1>(all) + std::get<2>(all) + std::get<3>(all);
}

TEST_P(Files, reads_at_an_offset_run_beside_each_other) {
  const std::string name = path("file");
  in_place(write_file(name, std::string(4000, 'x')));
  EXPECT_EQ(in_place(read_side_by_side(name)), 4000u);
}

RINGBACK_EVERY_PLACE(Files);

}  // namespace
}  // namespace ringback
