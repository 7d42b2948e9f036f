#include "demo/compare.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "cli/arguments.h"

namespace ringback::demo {
namespace {

using namespace std::chrono_literals;

std::string error_of(const std::vector<std::string>& words) {
  std::ostringstream out;
  try {
    compare_command(words, out, out);
  } catch (const cli::UsageError& error) {
    return error.what();
  }
  return "none";
}

// A directory that goes away with it.
class Scratch {
 public:
  Scratch() : path_(::testing::TempDir() + "ringback-compare-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(path_);
  }
  ~Scratch() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  std::string records() const {
    const std::filesystem::path file = path_ / "status";
    std::ofstream stream(file);
    for (const char* name : {"adduser", "apt", "base-files", "bash", "bsdutils"}) {
      stream << "Package: " << name << "\nDescription: " << std::string(300, name[0]) << "\n\n";
    }
    return file.string();
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(path_ / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

 private:
  const std::filesystem::path path_;
};

TEST(CompareOptions, are_what_was_typed) {
  bool asks_for_help = false;
  std::string help;
  const CompareOptions options =
      parse_compare({"--calls", "7", "--latency", "5ms", "--models", "pool,inline", "--json"}, asks_for_help, help);
  EXPECT_EQ(options.calls, 7U);
  EXPECT_EQ(options.latency, 5ms);
  EXPECT_EQ(options.models, (std::vector<Model>{Model::pool, Model::in_line}));
  EXPECT_TRUE(options.json);
  EXPECT_FALSE(asks_for_help);
}

TEST(CompareOptions, say_what_they_should_have_been) {
  EXPECT_EQ(error_of({"--calls", "0"}), "--calls: '0' is not a whole number from 1 to 2000");
  EXPECT_EQ(error_of({"--latency", "50"}),
            "--latency: '50' is not a length of time: write it with its unit, as 50ms, 0.5s or 200us");
  EXPECT_EQ(error_of({"--models", "inline,thread"}),
            "--models: 'inline,thread' names 'thread', which is no model: there are inline, loop and pool");
  EXPECT_EQ(error_of({"--models", "loop,loop"}), "--models: 'loop,loop' names 'loop' twice");
  EXPECT_EQ(error_of({"--model", "loop"}), "ringback-demo compare has no option '--model'; did you mean --models?");
}

TEST(CompareOptions, are_explained) {
  std::ostringstream out;
  EXPECT_EQ(compare_command({"--help"}, out, out), 0);
  for (const char* option : {"--calls", "--latency", "--models", "--json", "--out", "--records"}) {
    EXPECT_NE(out.str().find(option), std::string::npos) << option;
  }
}

TEST(Plan, comes_back_from_text_as_it_was) {
  Plan plan;
  plan.model = Model::pool;
  plan.job = Job::response;
  plan.port = 4711;
  plan.latency = 50ms;
  plan.slow = 1s;
  plan.texts = {"adduser", "a text of some words"};
  EXPECT_EQ(Plan::from_text(plan.to_text()).to_text(), plan.to_text());
  EXPECT_ANY_THROW(Plan::from_text(""));
  EXPECT_ANY_THROW(Plan::from_text("9 0 1 0 0 0 0 0\n"));
  EXPECT_ANY_THROW(Plan::from_text("0 0 1 0 0 0 0 2\nonly one\n"));
}

TEST(Compare, slow_measures_all_models_and_writes_page_and_trace) {
  const Scratch scratch;
  std::ostringstream out;
  std::ostringstream progress;
  const int code = compare_command(
      {"--calls", "4", "--latency", "5ms", "--records", scratch.records(), "--out", scratch.path().string()}, out,
      progress);
  EXPECT_EQ(code, 0) << progress.str();
  for (const char* row : {"\n   inline ", "\n   Loop ", "\n   Pool ", "\n   blocking "}) {
    EXPECT_NE(out.str().find(row), std::string::npos) << row;
  }
  EXPECT_NE(out.str().find("\nEvery row gave the same answers"), std::string::npos);
  const std::string page = scratch.read("compare.html");
  EXPECT_TRUE(page.ends_with("</html>\n"));
  EXPECT_EQ(page.find("http"), std::string::npos);
  EXPECT_TRUE(scratch.read("compare.trace.json").ends_with("]}\n"));
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "compare.html.draft"));
}

// What a compare that was interrupted said, and how it ended.
struct Interrupted {
  std::string said;
  int status = 0;
};

// Sends `signal` after `lines` lines of progress, each of which begins a part.
Interrupted interrupt(const Scratch& scratch, const std::string& out, int lines, int signal) {
  const std::string records = scratch.records();
  Interrupted seen;
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t command = ::fork();
  if (command == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl("/proc/self/exe", "ringback-demo", "compare", "--calls", "2", "--latency", "20ms", "--records",
            records.c_str(), "--out", out.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[1]);
  // The processes it starts hold the pipe too: its end is the end of all of them.
  char buffer[256];
  bool is_sent = lines == 0;
  if (is_sent) ::kill(command, signal);
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    seen.said.append(buffer, static_cast<std::size_t>(got));
    if (!is_sent && std::count(seen.said.begin(), seen.said.end(), '\n') >= lines) {
      ::kill(command, signal);
      is_sent = true;
    }
  }
  ::close(ends[0]);
  EXPECT_EQ(::waitpid(command, &seen.status, 0), command);
  return seen;
}

TEST(Compare, slow_stops_cleanly_in_whatever_part_it_is_interrupted) {
  constexpr int kParts = 6;
  for (int lines = 0; lines <= kParts; ++lines) {
    for (const int signal : {SIGINT, SIGTERM}) {
      if (signal == SIGTERM && lines % 3 != 1) continue;
      const Scratch scratch;
      const std::filesystem::path out = scratch.path() / "out";
      const Interrupted seen = interrupt(scratch, out.string(), lines, signal);
      EXPECT_TRUE(WIFSIGNALED(seen.status) && WTERMSIG(seen.status) == signal) << lines << ": " << seen.status;
      // Before its first line it may have been stopped by the system, before it could say anything.
      if (lines != 0) {
        EXPECT_NE(seen.said.find("stopped; nothing was written"), std::string::npos) << seen.said;
      }
      EXPECT_TRUE(!std::filesystem::exists(out) || std::filesystem::is_empty(out)) << lines;
    }
  }
}

}  // namespace
}  // namespace ringback::demo
