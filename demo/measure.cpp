#include "demo/measure.h"

#include <array>
#include <cstdio>
#include <istream>
#include <iterator>
#include <optional>
#include <ostream>

#include "cli/search.h"
#include "cli/text_model.h"
#include "demo/digest.h"
#include "demo/package_service.h"
#include "demo/recorder.h"
#include "ringback/async/gather.h"
#include "ringback/async/on.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/exec/pool.h"
#include "vectordb/client/client.h"

namespace ringback::demo {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kHits = 3;

// Each answer comes `latency` later than it could.
std::string url_of(std::uint16_t port, Duration latency) {
  const std::string url = "http://127.0.0.1:" + std::to_string(port);
  return latency > Duration::zero() ? url + "/later/" + std::to_string(latency.count()) : url;
}

// As many connections as there are calls at once; with `keep` they are kept for the next call.
vectordb::ClientOptions connections(std::size_t calls, bool keep) {
  vectordb::ClientOptions options;
  options.http.connections_per_origin_max = calls;
  options.http.idle_per_origin_max = keep ? calls : 0;
  return options;
}

vectordb::TextEmbedder embedder_at(std::uint16_t port) {
  vectordb::Client client(url_of(port, Duration::zero()));
  return cli::embedder_of(wait(client.info(kSample)));
}

// What all searches of a job share.
struct Searches {
  explicit Searches(const Plan& plan)
      : client(url_of(plan.port, plan.latency), connections(plan.calls(), plan.job == Job::searches)),
        slow_client(url_of(plan.port, plan.slow), connections(1, false)),
        embedder(embedder_at(plan.port)) {}

  vectordb::Client client;
  vectordb::Client slow_client;
  vectordb::TextEmbedder embedder;
};

// What all calls of a job share.
struct Work {
  explicit Work(const Plan& the_plan) : plan(the_plan), recorder(the_plan.calls()) {
    if (plan.job != Job::sums) searches.emplace(plan);
  }

  const Plan& plan;
  std::optional<Searches> searches;
  Recorder recorder;
};

std::string in_hexadecimal(std::uint64_t number) {
  std::array<char, 20> text;
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

std::string text_of(const std::vector<vectordb::Hit>& hits) {
  std::string text;
  for (const vectordb::Hit& hit : hits) {
    const cli::FoundText found = cli::found_text(hit);
    text += std::to_string(found.score) + " " + found.name + " " + found.description + "\n";
  }
  return text;
}

Task<std::string> search(Work& work, vectordb::Client& client, std::size_t index) {
  std::vector<float> vector;
  {
    const Recorder::Work computing(work.recorder, index);
    vector = work.searches->embedder.embed(work.plan.texts[index]);
  }
  const std::vector<vectordb::Hit> hits =
      co_await client.search(kSample, std::move(vector), {.limit = kHits, .with_payload = true});
  const Recorder::Work computing(work.recorder, index);
  std::string answer = text_of(hits);
  answer += "digest: " + in_hexadecimal(digest(answer, work.plan.work_bytes)) + "\n";
  co_return answer;
}

Task<std::string> search_now(Work& work, std::size_t index) {
  const Recorder::Call call(work.recorder, index);
  co_return co_await search(work, work.searches->client, index);
}

Task<std::string> sum_up(Work& work, std::size_t index) {
  const Recorder::Call call(work.recorder, index);
  const Recorder::Work computing(work.recorder, index);
  co_return std::to_string(sum_of_squares());
}

// Users in a hurry, one every 10 ms, while the slow call of the first is under way.
Task<std::string> search_at(Work& work, std::size_t index) {
  const Duration start = index * 10ms;
  co_await sleep(start);
  const Recorder::Call call(work.recorder, index);
  co_return co_await search(work, index == 0 ? work.searches->slow_client : work.searches->client, index);
}

Task<std::string> one_call(Work& work, std::size_t index) {
  switch (work.plan.job) {
    case Job::searches: return search_now(work, index);
    case Job::sums: return sum_up(work, index);
    case Job::response: return search_at(work, index);
  }
  throw Error(ErrorKind::invalid, "measure", "there is no such job");
}

Task<std::vector<std::string>> all_calls(Work& work) {
  std::vector<Task<std::string>> calls;
  calls.reserve(work.plan.calls());
  for (std::size_t index = 0; index < work.plan.calls(); ++index) calls.push_back(one_call(work, index));
  co_return co_await gather(std::move(calls));
}

std::vector<std::string> one_after_another(Work& work) {
  std::vector<std::string> answers;
  answers.reserve(work.plan.calls());
  for (std::size_t index = 0; index < work.plan.calls(); ++index) answers.push_back(wait(one_call(work, index)));
  return answers;
}

}  // namespace

// The same operations three times; only the place differs, and with it who waits.
Measured carry_out(const Plan& plan) {
  Work work(plan);
  std::vector<std::string> answers;
  std::optional<Pool> pool;
  if (plan.model == Model::pool) pool.emplace();
  Measured measured = work.recorder.measure([&] {
    switch (plan.model) {
      case Model::in_line: answers = one_after_another(work); break;
      case Model::loop: answers = run(all_calls(work)); break;
      case Model::pool: answers = wait(on(*pool, all_calls(work))); break;
    }
  });
  measured.answers = std::move(answers);
  return measured;
}

int measure_command(std::istream& in, std::ostream& out) {
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const Plan plan = Plan::from_text(text);
  out << carry_out(plan).to_text() << std::flush;
  return 0;
}

}  // namespace ringback::demo
