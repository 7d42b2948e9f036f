// What compare measures, one function for each letter.

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>
#include <thread>

#include "cli/figures.h"
#include "cli/package_records.h"
#include "cli/search.h"
#include "demo/child_process.h"
#include "demo/compare.h"
#include "demo/digest.h"
#include "demo/package_service.h"
#include "demo/recorder.h"
#include "ringback/async/wait.h"
#include "ringback/base/error.h"
#include "vectordb/text/code_points.h"

namespace ringback::demo {
namespace {

using namespace std::chrono_literals;

// The package service in a process of its own, for as long as this lives.
class Service {
 public:
  Service(const CompareOptions& options, const std::vector<std::string>& how) : process_(arguments(options, how)) {
    const std::string line = process_.read_line();
    unsigned port = 0;
    if (std::sscanf(line.c_str(), "port %u", &port) != 1) {
      throw Error(ErrorKind::io, "start the service", "it said '" + line + "' instead of its port");
    }
    port_ = static_cast<std::uint16_t>(port);
  }

  std::uint16_t port() const noexcept { return port_; }
  ChildProcess& process() noexcept { return process_; }

 private:
  static std::vector<std::string> arguments(const CompareOptions& options, const std::vector<std::string>& how) {
    std::vector<std::string> words{"serve-packages"};
    words.insert(words.end(), how.begin(), how.end());
    if (options.records.has_value()) words.insert(words.end(), {"--records", options.records->string()});
    return words;
  }

  ChildProcess process_;
  std::uint16_t port_ = 0;
};

Measured measure(const Plan& plan) {
  ChildProcess process({"measure"});
  process.write_all(plan.to_text());
  return Measured::from_text(process.read_to_end());
}

void measure_models(const CompareOptions& options, Plan plan, Scenario& scenario) {
  for (const Model model : options.models) {
    plan.model = model;
    scenario.rows.push_back({std::string(to_string(model)), measure(plan)});
  }
}

std::string times(double gain) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), gain < 9.95 ? "%.1f" : "%.0f", gain);
  return text.data();
}

bool is_within_noise(const Scenario& scenario, const Row& row) {
  const double gain = scenario.gain(row);
  return gain <= scenario.noise && gain >= 1 / scenario.noise;
}

// "Loop 91 times as fast as inline with 1 thread, Pool as fast as inline (within noise) with 4 threads"
std::string gains(const Scenario& scenario) {
  const std::string& first = scenario.rows.front().label;
  std::string text;
  for (const Row& row : scenario.rows) {
    if (&row == &scenario.rows.front()) continue;
    text += (text.empty() ? "" : ", ") + row.label + " ";
    text += is_within_noise(scenario, row) ? "as fast as " + first + " (within noise)"
                                           : times(scenario.gain(row)) + " times as fast as " + first;
    text += " with " + std::to_string(row.measured.thread_count) +
            (row.measured.thread_count == 1 ? " thread" : " threads");
  }
  return text.empty() ? "one model alone: nothing to hold it against" : text;
}

// Of each row its fastest run. What the second fastest differs by is noise: the same program did the same,
// on a machine that does other things besides.
void keep_fastest(std::vector<std::vector<Row>> runs, Scenario& scenario) {
  for (std::size_t index = 0; index < runs.front().size(); ++index) {
    std::sort(runs.begin(), runs.end(),
              [index](const auto& a, const auto& b) { return a[index].measured.wall_ns < b[index].measured.wall_ns; });
    scenario.rows.push_back(runs[0][index]);
    scenario.noise = std::max(scenario.noise, static_cast<double>(runs[1][index].measured.wall_ns) /
                                                  static_cast<double>(runs[0][index].measured.wall_ns));
  }
}

Scenario remote_searches(const CompareOptions& options, const Plan& searches) {
  Scenario scenario{"a", std::to_string(options.calls) + " searches in a remote vector database", "", {}, ""};
  scenario.about = "Each answer comes " + cli::in_words(static_cast<double>(options.latency.count())) +
                   " after it was asked for: the service sleeps, standing for a network and a disk.";
  Plan plan = searches;
  plan.latency = options.latency;
  measure_models(options, plan, scenario);
  scenario.lesson = gains(scenario) + ": waiting side by side costs no more than waiting once.";
  return scenario;
}

Scenario local_searches(const CompareOptions& options, const Plan& searches) {
  Scenario scenario{"b", "The same searches without the waiting", "", {}, ""};
  scenario.about = "Nothing is added: what remains is HTTP on loopback, the searches, and opening the connections.";
  measure_models(options, searches, scenario);
  scenario.lesson =
      gains(scenario) +
      ": little waiting to overlap; caller and service work side by side, and there are connections to open.";
  return scenario;
}

Scenario sums(const CompareOptions& options) {
  Plan plan;
  plan.job = Job::sums;
  plan.sums = 24;
  Scenario scenario{"c", "24 sums of squares to 10 million", "", {}, ""};
  scenario.about = "A job for the processor alone: no call waits for anything. The best of three runs.";
  std::vector<std::vector<Row>> runs;
  for (int run = 0; run < 3; ++run) {
    Scenario once;
    measure_models(options, plan, once);
    runs.push_back(std::move(once.rows));
  }
  keep_fastest(std::move(runs), scenario);
  const bool is_disturbed = scenario.rows.front().label == to_string(Model::in_line) &&
                            std::any_of(scenario.rows.begin(), scenario.rows.end(), [&](const Row& row) {
                              return row.label == to_string(Model::loop) && !is_within_noise(scenario, row);
                            });
  scenario.lesson =
      gains(scenario) + (is_disturbed ? ". Nothing waits here: what the Loop differs by is the work of "
                                        "other programs on this machine."
                                      : ". Nothing waits here: a Loop has nothing to gain, more cores do.");
  return scenario;
}

// As seen by its users; CPU, threads and memory are the server's.
Row server_row(const CompareOptions& options, Plan plan, bool is_blocking) {
  Service service(
      options, is_blocking ? std::vector<std::string>{"--sample", "--blocking"} : std::vector<std::string>{"--sample"});
  plan.port = service.port();
  plan.model = Model::loop;
  const std::int64_t cpu_before_ns = service.process().cpu_ns();
  Row row{is_blocking ? "blocking" : "Loop", measure(plan)};
  row.measured.cpu_ns = service.process().cpu_ns() - cpu_before_ns;
  row.measured.thread_count = thread_count_of(service.process().pid());
  row.measured.peak_bytes = peak_bytes_of(service.process().pid());
  row.measured.uncounted = 1;  // the slow one
  return row;
}

// What somebody might ask for who is after packages like these: what is said of each in its first line.
std::vector<std::string> texts_like(const cli::PackageRecords& records, std::size_t count) {
  std::vector<std::string> texts;
  for (const std::string& name : records.spread(count)) {
    const std::string description = vectordb::as_utf8(cli::field_of(*records.find(name), "Description"));
    texts.push_back(description.empty() ? name : description.substr(0, description.find('\n')));
  }
  return texts;
}

Scenario response(const CompareOptions& options, const cli::PackageRecords& records) {
  Plan plan;
  plan.job = Job::response;
  plan.slow = 1s;
  plan.texts = texts_like(records, 31);
  Scenario scenario{"d", "30 quick searches while one of 1 s is served", "", {}, ""};
  scenario.about =
      "One every 10 ms, each on its own connection. CPU, threads and memory are the server's; p99 is of the quick "
      "ones.";
  scenario.rows.push_back(server_row(options, plan, true));
  scenario.rows.push_back(server_row(options, plan, false));
  const auto typical = [&](std::size_t row) {
    return cli::in_words(static_cast<double>(scenario.rows[row].measured.percentile_ns(0.5)));
  };
  scenario.lesson = "a quick request takes " + typical(0) + " (median) behind the slow one where the server blocks, " +
                    typical(1) + " where it awaits.";
  return scenario;
}

Scenario searches_with_work(const CompareOptions& options, const Plan& searches) {
  Scenario scenario{"e", std::to_string(options.calls) + " searches with work: the textbook's picture", "", {}, ""};
  scenario.about = "18 ms of waiting, then 2 ms of computing with what came (the textbook: 90 and 10).";
  Plan plan = searches;
  plan.latency = 18ms;
  plan.work_bytes = digest_bytes_in(2ms);
  measure_models(options, plan, scenario);
  std::string busy;
  for (const Row& row : scenario.rows) {
    busy += (busy.empty() ? "busy: " : ", ") + row.label + " " + in_percent(row.measured.busy());
  }
  scenario.lesson = busy + " (the textbook: 10 % against nearly 100 %); " + gains(scenario) + ".";
  return scenario;
}

constexpr std::array kQuestions{"play chess against the computer", "backup files to remote server",
                                "network packet sniffer"};

std::string this_machine() {
  utsname system{};
  ::uname(&system);
  return std::to_string(std::thread::hardware_concurrency()) + " processors, " + system.sysname + " " + system.release +
         " " + system.machine + ", driver " + std::string(make_driver()->name());
}

}  // namespace

Comparison compare(const CompareOptions& options, std::ostream& progress) {
  const auto files = options.records.has_value() ? std::vector{*options.records} : cli::package_record_files();
  const cli::PackageRecords records = cli::PackageRecords::load(files);
  if (records.size() == 0) {
    throw Error(ErrorKind::not_found, "read package records",
                "there are none; on a system without dpkg give a file of them: --records FILE");
  }
  Comparison comparison;
  comparison.machine = this_machine();
  comparison.records =
      std::to_string(records.size()) + " packages, described in " +
      (files.size() == 1 ? files.front().string()
                         : std::to_string(files.size()) + " files of " + files.front().parent_path().string());

  const auto part = [&](const char* what) {
    StopSignal::check();
    progress << "measuring " << what << "...\n" << std::flush;
  };
  StopSignal::check();
  progress << "loading the packages into the database...\n" << std::flush;
  Service service(options, {});
  vectordb::Client client("http://127.0.0.1:" + std::to_string(service.port()));
  for (const char* text : kQuestions) {
    comparison.questions.push_back({text, wait(cli::search_text(client, kPackages, text, 3))});
  }
  Plan searches;
  searches.port = service.port();
  searches.texts = texts_like(records, options.calls);
  part("a: searches in a remote database");
  comparison.scenarios.push_back(remote_searches(options, searches));
  part("b: the same without the waiting");
  comparison.scenarios.push_back(local_searches(options, searches));
  part("c: sums of squares");
  comparison.scenarios.push_back(sums(options));
  part("d: quick requests behind a slow one");
  comparison.scenarios.push_back(response(options, records));
  part("e: searches with work");
  comparison.scenarios.push_back(searches_with_work(options, searches));
  part("the ladder");
  comparison.ladder = measure_ladder(options.out, [&] { wait(client.server_name()); });
  StopSignal::check();
  return comparison;
}

}  // namespace ringback::demo
