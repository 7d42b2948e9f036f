#include "demo/compare.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <ostream>

#include "cli/arguments.h"
#include "demo/child_process.h"
#include "ringback/base/error.h"

namespace ringback::demo {
namespace {

constexpr const char* kAbout =
    "Does the same job in each model and shows who works and who waits. Our vector database, in a process "
    "of its own, holds the Debian packages this machine knows, as vectors, and answers over HTTP; each "
    "model asks it for the same texts: `inline` waits for one call after another (wait), `Loop` has all of "
    "them under way on one thread (gather), `Pool` does so with a thread for each core. Each runs in its "
    "own process.";

constexpr const char* kAfter =
    "  a  searches, each answered after --latency: a remote database\n"
    "  b  the same searches without it: only what the calls themselves cost\n"
    "  c  sums of squares: no waiting, so nothing for a Loop to gain\n"
    "  d  quick requests while a slow one runs: a blocking server, and one on a Loop\n"
    "  e  searches with work: 18 ms of waiting and 2 ms of computing each\n"
    "  and the ladder: instruction, memory, disk, network\n"
    "\n"
    "Prints a table; writes compare.html (open it in a browser) and\n"
    "compare.trace.json (drop it on ui.perfetto.dev). Fails if any two models gave\n"
    "different answers. docs/guide/compare.md reads the table with you.\n"
    "\n"
    "  ringback-demo compare --calls 400 --latency 20ms --models inline,loop";

std::vector<Model> parse_models(std::string_view text) {
  std::vector<Model> models;
  for (const std::string& name : cli::parse_list(text)) {
    const Model model = name == "inline" ? Model::in_line : name == "loop" ? Model::loop : Model::pool;
    if (model == Model::pool && name != "pool") {
      throw cli::UsageError("names '" + name + "', which is no model: there are inline, loop and pool");
    }
    if (std::find(models.begin(), models.end(), model) != models.end())
      throw cli::UsageError("names '" + name + "' twice");
    models.push_back(model);
  }
  return models;
}

cli::Arguments arguments_of(CompareOptions& options) {
  cli::Arguments arguments("ringback-demo compare", kAbout, kAfter);
  arguments.option("--calls", "N", "searches in each model, 1 to 2000 (default: 100)",
                   [&](std::string_view value) { options.calls = cli::parse_count(value, 1, 2000); });
  arguments.option(
      "--latency", "TIME", "added to each call of a, 0ms to 10s (default: 50ms)",
      [&](std::string_view value) { options.latency = cli::parse_duration(value, std::chrono::seconds(10)); });
  arguments.option("--models", "LIST",
                   "of inline, loop, pool; the first is what the others are held against "
                   "(default: inline,loop,pool)",
                   [&](std::string_view value) { options.models = parse_models(value); });
  arguments.flag("--json", "print JSON instead of the table", options.json);
  arguments.option("--out", "DIR", "where the page and the trace are written (default: out)",
                   [&](std::string_view value) { options.out = std::filesystem::path(value); });
  arguments.option("--records", "FILE", "package records in another file, as of dpkg (default: this machine's)",
                   [&](std::string_view value) { options.records = std::filesystem::path(value); });
  return arguments;
}

// Appears whole or not at all. Errors: Error.
void write_whole(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path draft = path.string() + ".draft";
  errno = 0;
  std::ofstream stream(draft, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream || ::rename(draft.c_str(), path.c_str()) != 0) {
    const int code = errno == 0 ? EIO : errno;
    std::error_code ignored;  // The first failure is the one to tell.
    std::filesystem::remove(draft, ignored);
    throw Error::from_os(code, "write", path.string());
  }
}

// Before measuring for seconds: can the results be kept?
void make_directory(const std::filesystem::path& directory) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) throw Error::from_os(code.value(), "make the directory of --out", directory.string());
}

void write_files(const Comparison& comparison, const std::filesystem::path& directory, std::ostream& progress) {
  const std::filesystem::path page = directory / "compare.html";
  const std::filesystem::path trace = directory / "compare.trace.json";
  write_whole(page, to_html(comparison));
  write_whole(trace, to_trace(comparison));
  progress << "wrote " << page.string() << "\nwrote " << trace.string() << "\n";
}

}  // namespace

cli::Arguments compare_arguments() {
  CompareOptions unused;
  return arguments_of(unused);
}

CompareOptions parse_compare(const std::vector<std::string>& words, bool& asks_for_help, std::string& help) {
  CompareOptions options;
  const cli::Arguments arguments = arguments_of(options);
  asks_for_help = !arguments.parse(words);
  if (asks_for_help) help = arguments.help();
  return options;
}

int compare_command(const std::vector<std::string>& words, std::ostream& out, std::ostream& progress) {
  bool asks_for_help = false;
  std::string help;
  const CompareOptions options = parse_compare(words, asks_for_help, help);
  if (asks_for_help) {
    out << help;
    return 0;
  }
  make_directory(options.out);
  const StopSignal stop_signal;
  try {
    const Comparison comparison = compare(options, progress);
    if (options.json) {
      out << to_json(comparison);
    } else {
      print_table(comparison, out);
    }
    out.flush();
    write_files(comparison, options.out, progress);
    if (comparison.all_identical()) return 0;
    progress << "ringback-demo: the models gave different answers; the table says which\n";
    return 1;
  } catch (const Stopped&) {
    progress << "\nringback-demo: stopped; nothing was written\n" << std::flush;
  }
  StopSignal::end_by_it();
}

}  // namespace ringback::demo
