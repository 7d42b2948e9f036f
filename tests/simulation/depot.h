// The program whose every seed is a test: items go by HTTP into a bounded queue, and from it into a file.
//
// Clients post items, in twos, in races and under timeouts, and repeat what was not acknowledged; handlers
// put them into a queue of three places; consumers race the queue against a clock, take a permit, and write a
// record each. Beside that others talk to an echo server and are cancelled in the middle. Whatever fails:
// what was put is stored, once for each put; what was acknowledged was put; nothing is left behind.
#pragma once

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "ringback/async/task.h"
#include "ringback/http/http_client.h"
#include "ringback/http/router.h"
#include "ringback/io/file.h"
#include "ringback/net/address.h"
#include "ringback/sync/queue.h"
#include "ringback/sync/semaphore.h"
#include "ringback/testing/census.h"
#include "ringback/testing/simulation.h"

namespace ringback::testing_simulation {

// By `seed % 4`: nothing but latency; loss; resets and a bad disk; all of it, with partitions.
testing::SimulationOptions faults_of(std::uint64_t seed);

class Depot {
 public:
  // `file` is made anew. All of it outlives run().
  // One write or two at a time: with two, the second hides a permit that is handed over too late.
  Depot(testing::Simulation& simulation, std::uint64_t seed, std::string file)
      : simulation_(simulation),
        choices_(seed),
        has_faults_(seed % 4 != 0),
        writers_most_(1 + seed / 4 % 2),
        file_name_(std::move(file)) {}

  // One day of it. Errors: std::runtime_error where a promise was broken.
  Task<> run();
  // Behind the run. The same errors.
  void check() const;

  std::size_t stored() const noexcept { return stored_.size(); }
  // Posts and talks that did not come to their end.
  std::size_t failures() const noexcept { return failures_; }

 private:
  static constexpr std::size_t kRecordBytes = 16;

  std::uint64_t below(std::uint64_t bound) { return choices_() % bound; }
  Duration some_time(int milliseconds) { return std::chrono::milliseconds(1 + below(milliseconds)); }

  Task<http::Response> take_in(http::Request& request, int item);
  Task<> consume();
  Task<> store(int item);
  Task<Permit> permit_in_the_end();
  Task<> keep_trying_to_write(std::size_t place, std::string record);
  Task<> be_client(HttpClient& http, std::string url, int first);
  Task<bool> post(HttpClient& http, std::string url, int item);
  Task<> post_until_acknowledged(HttpClient& http, std::string url, int item);
  Task<> post_in_a_race(HttpClient& http, std::string url, int item);
  Task<> chat(Address at);
  Task<> chat_and_be_cancelled(Address at);
  Task<> cut_now_and_then();
  Task<> ask(Address depot, Address echo);
  Task<> serve_and_ask();
  Task<> read_back();

  testing::Simulation& simulation_;
  std::mt19937_64 choices_;
  const bool has_faults_;
  const std::size_t writers_most_;
  const std::string file_name_;
  testing::Census census_;
  Queue<int> arrivals_{3};
  Semaphore writers_{writers_most_};
  File* file_ = nullptr;
  std::size_t places_ = 0;  // given out in the file
  std::size_t failures_ = 0;
  std::size_t writing_ = 0;
  std::multiset<int> put_;
  std::multiset<int> stored_;
  std::set<int> posted_;
  std::set<int> acknowledged_;
  std::vector<std::string> records_;
};

}  // namespace ringback::testing_simulation
