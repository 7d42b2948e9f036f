#include "cli/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/arguments.h"
#include "cli/load_file.h"
#include "cli/search.h"
#include "cli/text_model.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/run.h"
#include "ringback/io/line_reader.h"
#include "ringback/io/process.h"
#include "ringback/trace/timing_observer.h"
#include "vectordb/server/server.h"

namespace ringback::cli {
namespace {

using namespace std::chrono_literals;

PackageRecords some_records() {
  return PackageRecords::parse(
      "Package: gnuchess\nSection: games\nVersion: 6.2\nDescription: Plays a game of chess against the user\n\n"
      "Package: rsync\nDescription: fast, versatile, remote (and local) file-copying tool\n rsync copies.\n\n"
      "Package: tcpdump\nDescription: command-line network traffic analyzer\n\n"
      "Package: bad\nDescription: not UTF-8: \xff \"quoted\"\n\n"
      "Package: empty\nVersion: 1\n");
}

// Runs `program(client)` beside a server of `database`, on one Loop, until the program has ended.
template <typename Program>
void beside_server(vectordb::Database& database, Program program, vectordb::ServerOptions options = {}) {
  vectordb::Server server(database, TcpListener(Address::loopback(0)), std::move(options));
  vectordb::Client client("http://" + server.local().to_string());
  run(race(program(client), server.serve()));
}

TEST(PackageTexts, have_an_id_that_stays_and_a_payload_that_is_json) {
  const std::vector<TextRecord> texts = texts_of_packages(some_records());
  ASSERT_EQ(texts.size(), 5U);
  EXPECT_EQ(texts[2].text, "gnuchess: Plays a game of chess against the user");
  EXPECT_EQ(
      texts[2].payload.json(),
      R"({"name":"gnuchess","description":"Plays a game of chess against the user","section":"games","version":"6.2"})");
  EXPECT_EQ(texts[2].id, package_id("gnuchess"));
  EXPECT_LT(texts[2].id.number(), std::uint64_t{1} << 52);
  EXPECT_EQ(texts[0].text, "bad: not UTF-8: \xef\xbf\xbd \"quoted\"");
  EXPECT_EQ(vectordb::Payload::parse(texts[0].payload.json()), texts[0].payload);
  EXPECT_EQ(texts[3].text, "rsync: fast, versatile, remote (and local) file-copying tool\nrsync copies.");
}

Task<> load_and_search(vectordb::Client& client) {
  const std::vector<TextRecord> texts = texts_of_packages(some_records());
  TimingObserver times;
  LoadOptions by_two{.collection = "packages", .batch = 2};
  by_two.observers.emplace_back(&times);
  const std::size_t stored = co_await load_texts(client, std::move(by_two), texts);
  EXPECT_EQ(stored, 5U);
  std::vector<std::string> steps;
  for (const TimingObserver::Row& row : times.rows()) steps.push_back(row.name + " " + std::to_string(row.runs));
  EXPECT_THAT(steps, ::testing::ElementsAre("batch 3", "embed 3", "store 3"));
  std::vector<FoundText> found = co_await search_text(client, "packages", "play chess", 2);
  EXPECT_EQ(found.size(), 2U);
  if (!found.empty()) {
    EXPECT_EQ(found[0].name, "gnuchess");
    EXPECT_EQ(found[0].description, "Plays a game of chess against the user");
    EXPECT_GT(found[0].score, 0.3);
  }
  auto wordless = co_await outcome(search_text(client, "packages", "?!", 2));
  EXPECT_EQ(wordless.failure().describe(), "search: there is no word in '?!': type words to look for");
  auto again = co_await outcome(load_texts(client, {.collection = "packages"}, texts));
  EXPECT_EQ(again.failure().describe(),
            "load: there is a collection 'packages' already: give another name (--collection), or drop it "
            "(--recreate)");
  const std::size_t anew = co_await load_texts(client, {.collection = "packages", .recreate = true}, texts);
  EXPECT_EQ(anew, 5U);
}

TEST(Load, stores_texts_that_search_finds_again) {
  vectordb::Database database;
  beside_server(database, load_and_search);
  EXPECT_EQ(database.collection("packages").info().points, 5U);
}

// A file that goes away with it.
class TestFile {
 public:
  TestFile(const char* name, std::string_view text) : path_(std::filesystem::path(::testing::TempDir()) / name) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TestFile() { std::filesystem::remove(path_); }

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

Task<> load_texts_file(vectordb::Client& client) {
  const TestFile file("load_test_texts.jsonl",
                      "{\"text\": \"plays a game of chess\", \"payload\": {\"name\": \"gnuchess\"}}\n"
                      "{\"text\": 7}\n"
                      "\n"
                      "no json\n"
                      "{\"id\": 70, \"text\": \"network traffic analyzer\", \"payload\": {\"name\": \"tshark\"}}");
  std::uint64_t bytes = 0;
  const vectordb::LoadSummary summary = co_await load_file(client, {.collection = "texts", .batch = 1}, file.path(),
                                                           [&](const auto& so_far) { bytes = so_far.bytes_read; });
  EXPECT_EQ(summary.stored, 2U);
  EXPECT_EQ(summary.refused, 2U);
  EXPECT_EQ(bytes, std::filesystem::file_size(file.path()));
  EXPECT_EQ(summary.bad.size(), 2U);
  if (summary.bad.size() == 2) {
    EXPECT_EQ(summary.bad[0].number, 2U);
    EXPECT_EQ(summary.bad[1].number, 4U);
  }
  std::vector<FoundText> found = co_await search_text(client, "texts", "chess games", 1);
  EXPECT_EQ(found.at(0).name, "gnuchess");
  std::vector<vectordb::Point> points = co_await client.retrieve("texts", {1, 70});
  EXPECT_EQ(points.size(), 2U) << "the number of the line, and the id that it has";
}

TEST(Load, stores_the_right_lines_of_a_file_and_tells_the_others) {
  vectordb::Database database;
  beside_server(database, load_texts_file);
}

std::string raw_vector(std::uint32_t dimension, std::initializer_list<float> numbers) {
  std::string bytes(reinterpret_cast<const char*>(&dimension), sizeof dimension);
  for (const float number : numbers) bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  return bytes;
}

Task<> load_vectors_file(vectordb::Client& client) {
  const TestFile file("load_test.fvecs", raw_vector(2, {1, 0}) + raw_vector(3, {1, 2, 3}) + raw_vector(2, {0, 1}));
  const vectordb::LoadSummary summary = co_await load_file(
      client, {.collection = "raw", .distance = vectordb::Distance::euclid}, file.path(), [](const auto&) {});
  EXPECT_EQ(summary.stored, 2U) << summary.text();
  EXPECT_EQ(summary.refused, 1U);
  std::vector<vectordb::Hit> hits = co_await client.search("raw", {0, 0.9F}, {.limit = 1});
  EXPECT_EQ(hits.at(0).id, vectordb::PointId(2));
  const vectordb::CollectionInfo info = co_await client.info("raw");
  EXPECT_EQ(info.options.distance, vectordb::Distance::euclid);
}

TEST(Load, stores_raw_vectors_by_their_number) {
  vectordb::Database database;
  beside_server(database, load_vectors_file);
}

Task<> load_refused_points(vectordb::Client& client) {
  const TestFile file("load_test_refused.jsonl", "{\"vector\": [1, 2]}\n{\"vector\": [1]}\n{\"vector\": [3, 4]}\n");
  const vectordb::LoadSummary summary =
      co_await load_file(client, {.collection = "some"}, file.path(), [](const auto&) {});
  EXPECT_EQ(summary.stored, 2U);
  EXPECT_EQ(summary.refused, 1U);
  EXPECT_THAT(summary.text("line"), ::testing::HasSubstr("line 2: "));
}

TEST(Load, one_bad_vector_keeps_no_other_out) {
  vectordb::Database database;
  beside_server(database, load_refused_points);
}

TEST(LoadFile, says_what_is_wrong_with_a_file) {
  const TestFile empty("load_test_empty.fvecs", "");
  const TestFile lines("load_test_none.jsonl", "1\n{}\n");
  for (const auto& [file, kind] : {std::pair{empty.path(), ErrorKind::invalid},
                                   {lines.path(), ErrorKind::invalid},
                                   {std::filesystem::path("/nonexistent/x.jsonl"), ErrorKind::not_found},
                                   {std::filesystem::path("x.csv"), ErrorKind::unsupported}}) {
    try {
      form_of_file(file);
      FAIL() << file;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << file;
      EXPECT_EQ(error.peer(), file.string());
    }
  }
}

Task<> search_what_is_no_text(vectordb::Client& client) {
  co_await client.create_collection("numbers", {.dimension = 3});
  auto found = co_await outcome(search_text(client, "numbers", "chess", 1));
  EXPECT_EQ(found.failure().error()->kind(), ErrorKind::unsupported) << found.failure().describe();
  auto nowhere = co_await outcome(search_text(client, "nowhere", "chess", 1));
  EXPECT_EQ(nowhere.failure().error()->kind(), ErrorKind::not_found) << nowhere.failure().describe();
}

TEST(Search, says_where_there_are_no_texts) {
  vectordb::Database database;
  beside_server(database, search_what_is_no_text);
}

// The words of the command, as typed.
TEST(LoadCommand, says_what_it_takes) {
  std::ostringstream out;
  EXPECT_THROW(load_command({}, out, out), std::exception);
  try {
    load_command({"windows"}, out, out);
    FAIL() << "loaded something";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("its name tells no form: there are .jsonl and .fvecs"), std::string::npos);
  }
  EXPECT_EQ(load_command({"--help"}, out, out), 0);
  EXPECT_NE(out.str().find("usage: ringback load SOURCE [options]"), std::string::npos);
}

// The first line that the command printed: "listening on URL".
Task<std::string> read_url(Process& server) {
  LineReader lines(server.output());
  std::optional<std::string> line = co_await lines.next();
  co_return line.value_or("").substr(std::string_view("listening on ").size());
}

// The very command, in a process of its own, with a key that it and its clients read from a file.
TEST(ServeCommand, serves_who_has_the_key_until_it_is_told_to_stop) {
  const TestFile key("load_test_key", "secret\n");
  Process server({"/proc/self/exe", "serve", "--listen", "127.0.0.1:0", "--api-key-file", key.path().string()},
                 {.output = StandardStream::pipe()});
  const std::string url = wait(read_url(server));
  ASSERT_TRUE(url.starts_with("http://127.0.0.1:")) << url;
  const TestFile texts("load_test_served.jsonl",
                       "{\"text\": \"plays a game of chess\", \"payload\": {\"name\": \"gnuchess\"}}\n");
  std::ostringstream out;
  EXPECT_EQ(load_command({texts.path().string(), "--server", url, "--api-key-file", key.path().string()}, out, out), 0);
  EXPECT_EQ(search_command({"chess", "--collection", "load_test_served", "--server", url, "--api-key-file",
                            key.path().string(), "--json"},
                           out),
            0);
  EXPECT_NE(out.str().find("\"name\":\"gnuchess\""), std::string::npos) << out.str();
  EXPECT_THROW(search_command({"chess", "--collection", "load_test_served", "--server", url}, out), Error);
  server.send_signal(SIGTERM);
  const std::string rest = wait(read_all(server.output()));
  EXPECT_EQ(rest, "stopped\n");
  const ProcessEnd end = wait(server.wait());
  EXPECT_TRUE(end.ok()) << end.describe();
}

TEST(SearchCommand, refuses_an_empty_text) {
  std::ostringstream out;
  for (const char* text : {"", " \t"}) {
    try {
      search_command({text}, out);
      FAIL() << "found something: " << out.str();
    } catch (const UsageError& error) {
      EXPECT_EQ(error.what(), "TEXT: '" + std::string(text) + "' is empty: type what to look for");
    }
  }
}

TEST(SearchCommand, tells_that_nobody_listens) {
  std::ostringstream out;
  try {
    search_command({"chess", "--server", "http://127.0.0.1:1"}, out);
    FAIL() << "found something: " << out.str();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::refused);
    EXPECT_STREQ(
        error.what(),
        "connect: no server listens at http://127.0.0.1:1: start one with `ringback serve --listen 127.0.0.1:1` "
        "in another terminal");
  }
}

}  // namespace
}  // namespace ringback::cli
