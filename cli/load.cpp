#include "cli/load.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <ostream>

#include "cli/arguments.h"
#include "cli/load_file.h"
#include "cli/progress_bar.h"
#include "cli/search.h"
#include "cli/text_columns.h"
#include "cli/text_model.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"
#include "ringback/pipeline/stage.h"
#include "ringback/trace/log_observer.h"
#include "ringback/trace/progress_observer.h"
#include "ringback/trace/timing_observer.h"
#include "vectordb/json/json_writer.h"

namespace ringback::cli {
namespace {

constexpr std::size_t kTextsBetweenYields = 1000;

TimePoint now() { return std::chrono::steady_clock::now(); }

Task<vectordb::TextEmbedder> count_words(const std::vector<TextRecord>& texts) {
  vectordb::TextEmbedder embedder;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    embedder.count(texts[i].text);
    if (i % kTextsBetweenYields == 0) co_await yield();  // Ctrl-C is heard between.
  }
  co_return embedder;
}

// What the batches of one load share.
struct Loading {
  vectordb::Client& client;
  const LoadOptions& options;
  const std::vector<TextRecord>& texts;
  const vectordb::TextEmbedder& embedder;

  std::vector<vectordb::Point> points_from(std::size_t first) const {
    std::vector<vectordb::Point> points;
    const std::size_t last = std::min(first + options.batch, texts.size());
    points.reserve(last - first);
    for (; first < last; ++first) {
      points.push_back({texts[first].id, embedder.embed(texts[first].text), texts[first].payload});
    }
    return points;
  }
  Task<std::size_t> store(std::vector<vectordb::Point> points) const {
    const std::size_t count = points.size();
    co_await client.upsert(options.collection, std::move(points));
    co_return count;
  }
};

// From the first text of a batch to how many of it are stored.
Pipeline<std::size_t, std::size_t> loader_of(const Loading& loading, Pool& pool) {
  const auto embed = [&loading](std::size_t first) { return loading.points_from(first); };
  const auto store = [&loading](std::vector<vectordb::Point> points) { return loading.store(std::move(points)); };
  return (blocking_stage("embed", embed, pool) | stage("store", store)).with_name("batch");
}

std::vector<std::size_t> batches_of(std::size_t count, std::size_t batch) {
  std::vector<std::size_t> firsts;
  for (std::size_t first = 0; first < count; first += batch) firsts.push_back(first);
  return firsts;
}

constexpr const char* kAbout =
    "Stores what is in SOURCE in a collection of a server. Texts become vectors by their words and parts of words, "
    "so that `ringback search` finds them.";

constexpr const char* kAfter =
    "  debian       the packages this machine knows, by what is said of them\n"
    "  FILE.jsonl   a record on each line:\n"
    "               {\"id\": 7, \"text\": \"...\", \"payload\": {...}}\n"
    "               or with \"vector\": [...] instead of a text; without an id the\n"
    "               number of the line is one\n"
    "  FILE.fvecs   vectors as they lie in memory; the number of each is its id\n"
    "\n"
    "A record that is not right is told, with its number and reason; the rest is\n"
    "stored, and the exit code is 1.\n"
    "\n"
    "  ringback load debian && ringback search \"network packet sniffer\"";

struct LoadCommand {
  std::string source;
  std::string server = kDefaultServer;
  vectordb::ClientOptions client;
  LoadOptions options;
  bool json = false;
  bool log = false;
  bool timing = false;

  bool is_debian() const { return source == "debian"; }
};

vectordb::Distance parse_distance(std::string_view text) {
  const std::optional<vectordb::Distance> distance = vectordb::distance_from(text);
  if (!distance.has_value()) throw UsageError("is no distance: there are cosine, dot, euclid and manhattan");
  return *distance;
}

Arguments arguments_of(LoadCommand& command) {
  Arguments arguments("ringback load", kAbout, kAfter);
  arguments.operand("SOURCE", "debian, or a file", [&](std::string_view value) { command.source = value; }, {"debian"});
  arguments.option("--collection", "NAME", "where to (default: packages, or the file's name without its end)",
                   [&](std::string_view value) { command.options.collection = value; });
  arguments.option("--distance", "NAME", "cosine, dot, euclid or manhattan; texts have cosine (default: cosine)",
                   [&](std::string_view value) { command.options.distance = parse_distance(value); },
                   {"cosine", "dot", "euclid", "manhattan"});
  arguments.option("--server", "URL",
                   std::string("a server that `ringback serve` runs (default: ") + kDefaultServer + ")",
                   [&](std::string_view value) { command.server = value; });
  arguments.option("--api-key-file", "FILE", "the server's key is its first line (default: none)",
                   [&](std::string_view value) { command.client.api_key = read_key(value); });
  arguments.option("--batch", "N", "points in one request, 1 to 1000 (default: 256)",
                   [&](std::string_view value) { command.options.batch = parse_count(value, 1, 1000); });
  arguments.flag("--recreate", "drop what is there of that name first", command.options.recreate);
  arguments.flag("--json", "print the summary as JSON", command.json);
  arguments.flag("--log", "tell each step of each batch on standard error", command.log);
  arguments.flag("--timing", "tell how long the steps took on standard error", command.timing);
  return arguments;
}

bool parse_load(const std::vector<std::string>& words, LoadCommand& command, std::ostream& out) {
  const Arguments arguments = arguments_of(command);
  if (!arguments.parse(words)) {
    out << arguments.help();
    return false;
  }
  std::string& collection = command.options.collection;
  if (collection.empty()) {
    collection = command.is_debian() ? "packages" : std::filesystem::path(command.source).stem().string();
  }
  return true;
}

// As if it were a file of records that are all right.
vectordb::LoadSummary load_packages(vectordb::Client& client, const LoadCommand& command, std::ostream& progress) {
  const std::vector<TextRecord> texts = texts_of_packages(PackageRecords::load(package_record_files()));
  ProgressBar bar(progress, columns_of_stderr(), "load debian", texts.size(), now());
  LoadOptions options = command.options;
  ProgressObserver batches([&](const RunProgress& so_far) {
    const std::size_t stored = (so_far.done - so_far.failed) * options.batch;
    if (stored < texts.size()) bar.update(stored, now());
  });
  options.observers.emplace_back(&batches);
  vectordb::LoadSummary summary;
  summary.stored = run(load_texts(client, options, texts));
  bar.end(summary.stored, now());
  return summary;
}

vectordb::LoadSummary load_one_file(vectordb::Client& client, const LoadCommand& command, std::ostream& progress) {
  const std::filesystem::path file = command.source;
  form_of_file(file);  // What is wrong with its name, or its beginning, is told before a bar is drawn.
  ProgressBar bar(progress, columns_of_stderr(), "load " + file.filename().string() + " (bytes)",
                  std::filesystem::file_size(file), now());
  const vectordb::LoadSummary summary =
      run(load_file(client, command.options, file,
                    [&](const vectordb::LoadSummary& so_far) { bar.update(so_far.bytes_read, now()); }));
  bar.end(summary.bytes_read, now());
  return summary;
}

vectordb::LoadSummary load_source(vectordb::Client& client, const LoadCommand& command, std::ostream& progress) {
  try {
    return command.is_debian() ? load_packages(client, command, progress) : load_one_file(client, command, progress);
  } catch (const Error& error) {
    explain_no_server(error, command.server);
    throw;
  }
}

void print_json(const LoadCommand& command, const vectordb::LoadSummary& summary, Duration took, std::ostream& out) {
  vectordb::JsonWriter json;
  json.begin_object().field("collection", command.options.collection).field("stored", summary.stored);
  json.field("refused", summary.refused).field("seconds", std::chrono::duration<double>(took).count());
  json.key("bad").begin_array();
  for (const vectordb::BadRecord& bad : summary.bad) {
    json.begin_object().field("number", bad.number).field("reason", bad.reason).end_object();
  }
  json.end_array().end_object();
  out << json.text() << "\n";
}

}  // namespace

Task<> make_collection(vectordb::Client& client, std::string name, vectordb::CollectionOptions options, bool recreate) {
  if (recreate) co_await client.drop_collection(name);
  if (co_await client.collection_exists(name)) {
    throw Error(
        ErrorKind::exists, "load",
        "there is a collection '" + name + "' already: give another name (--collection), or drop it (--recreate)");
  }
  co_await client.create_collection(name, std::move(options));
}

Task<std::size_t> load_texts(vectordb::Client& client, LoadOptions options, const std::vector<TextRecord>& texts) {
  const vectordb::TextEmbedder embedder = co_await count_words(texts);
  co_await make_collection(client, options.collection, collection_of_texts(embedder), options.recreate);
  Pool pool({.name = "embed"});
  const Loading loading{client, options, texts, embedder};
  const auto loader = loader_of(loading, pool);
  const std::vector<std::size_t> stored = co_await loader.batch(
      batches_of(texts.size(), options.batch), {.observers = options.observers, .max_concurrency = options.under_way});
  co_return std::accumulate(stored.begin(), stored.end(), std::size_t{0});
}

Arguments load_arguments() {
  LoadCommand unused;
  return arguments_of(unused);
}

int load_command(const std::vector<std::string>& words, std::ostream& out, std::ostream& progress) {
  LoadCommand command;
  if (!parse_load(words, command, out)) return 0;
  const TimePoint begun = now();
  vectordb::Client client(command.server, command.client);
  TimingObserver times;
  LogObserver log([&progress](std::string_view line) { progress << line << "\n"; });
  if (command.timing) command.options.observers.emplace_back(&times);
  if (command.log) command.options.observers.emplace_back(&log);
  const vectordb::LoadSummary summary = load_source(client, command, progress);
  if (command.timing) progress << times.table();
  if (command.json) {
    print_json(command, summary, now() - begun, out);
  } else {
    const bool has_lines = !command.source.ends_with(".fvecs");
    out << wrapped(summary.text(has_lines ? "line" : "record"), 0) << "\n";
  }
  return summary.is_clean() ? 0 : 1;
}

}  // namespace ringback::cli
