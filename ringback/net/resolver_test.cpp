#include "ringback/net/resolver.h"

#include <gtest/gtest.h>

#include <future>

#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/sleep.h"
#include "ringback/async/timeout.h"
#include "ringback/io/places_test.h"
#include "ringback/net/internal/staggered_connect.h"
#include "ringback/testing/census.h"
#include "ringback/testing/virtual_time.h"

namespace ringback {
namespace {

using namespace std::chrono_literals;
using namespace testing_places;
using ringback::testing::Census;
using ringback::testing::run_virtually;

Address ip(std::string_view text, std::uint16_t port = 0) { return *Address::try_parse_ip(text, port); }

class Resolving : public PlaceTest {};

ResolverOptions never_asked() {
  return {.lookup = [](const std::string& host) -> std::vector<Address> {
    ADD_FAILURE() << "a thread was asked for " << host;
    return {};
  }};
}

TEST_P(Resolving, a_literal_address_is_answered_without_a_thread) {
  Resolver resolver(never_asked());
  EXPECT_EQ(in_place(resolver.resolve("10.1.2.3", 80)), std::vector{ip("10.1.2.3", 80)});
  EXPECT_EQ(in_place(resolver.resolve("::1", 81)), std::vector{ip("::1", 81)});
}

TEST_P(Resolving, localhost_is_the_loopback_whatever_its_case_and_whoever_asks) {
  Resolver resolver(never_asked());
  const std::vector<Address> loopback{ip("127.0.0.1", 80), ip("::1", 80)};
  for (const std::string name : {"localhost", "LocalHost", "localhost.", "api.localhost"}) {
    EXPECT_EQ(in_place(resolver.resolve(name, 80)), loopback) << name;
  }
}

TEST_P(Resolving, known_names_come_before_every_lookup) {
  ResolverOptions options = never_asked();
  options.hosts["db.test"] = {ip("10.0.0.1"), ip("10.0.0.2")};
  Resolver resolver(std::move(options));
  const std::vector<Address> both{ip("10.0.0.1", 7), ip("10.0.0.2", 7)};
  EXPECT_EQ(in_place(resolver.resolve("DB.test", 7)), both);
}

TEST_P(Resolving, a_name_is_looked_up_on_another_thread_and_gets_its_port) {
  std::thread::id asked;
  Resolver resolver({.lookup = [&](const std::string& host) {
    EXPECT_EQ(host, "a.test");
    asked = std::this_thread::get_id();
    return std::vector{ip("10.0.0.9")};
  }});
  EXPECT_EQ(in_place(resolver.resolve("a.test", 8080)), std::vector{ip("10.0.0.9", 8080)});
  EXPECT_NE(asked, std::this_thread::get_id());
}

TEST_P(Resolving, an_error_names_the_host) {
  Resolver resolver({.lookup = [](const std::string& host) -> std::vector<Address> {
    if (host == "empty.test") return {};
    throw Error(ErrorKind::not_found, "resolve", "no such name", 0, host);
  }});
  for (const std::string host : {"nobody.test", "empty.test"}) {
    try {
      in_place(resolver.resolve(host, 80));
      FAIL() << "resolved " << host;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::not_found);
      EXPECT_EQ(error.peer(), host);
    }
  }
}

TEST_P(Resolving, what_cannot_be_a_name_is_refused_before_anybody_is_asked) {
  Resolver resolver(never_asked());
  for (const std::string& host : {std::string(), std::string(254, 'a'), std::string("a b"), std::string("a\r\nb"),
                                  std::string("a\0b", 3), std::string("\xc3\xa4")}) {
    EXPECT_EQ(kind_thrown_by([&] { return in_place(resolver.resolve(host, 80)); }), ErrorKind::invalid) << host;
  }
}

TEST_P(Resolving, who_gives_up_is_let_go_at_once_and_the_lookup_ends_on_memory_of_its_own) {
  std::promise<void> asked;
  std::promise<void> let_go;
  bool answered = false;
  {
    Resolver resolver({.lookup = [&](const std::string&) {
      asked.set_value();
      let_go.get_future().wait();
      answered = true;
      return std::vector{ip("10.0.0.9")};
    }});
    const auto kind = kind_thrown_by([&] { return in_place(timeout(20ms, resolver.resolve("slow.test", 80))); });
    EXPECT_EQ(kind, ErrorKind::timed_out);
    asked.get_future().wait();
    EXPECT_FALSE(answered);
    let_go.set_value();
  }
  EXPECT_TRUE(answered);  // The destructor has waited for it.
}

TEST_P(Resolving, many_names_at_once_wait_for_a_thread_and_all_get_theirs) {
  Resolver resolver(
      {.threads = 2, .lookup = [](const std::string& host) { return std::vector{ip("10.0.0." + host.substr(1))}; }});
  std::vector<Task<std::vector<Address>>> lookups;
  for (int i = 0; i < 100; ++i) lookups.push_back(resolver.resolve("n" + std::to_string(i), 1));
  const auto all = in_place(gather(std::move(lookups)));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(all[i], std::vector{ip("10.0.0." + std::to_string(i), 1)});
}

TEST(SystemLookup, answers_what_the_system_answers) {
  EXPECT_EQ(system_lookup("127.1"), std::vector{ip("127.0.0.1")});  // The C library's own shorthand: no network.
}

TEST(SystemLookup, a_name_that_is_none_is_told_with_the_host) {
  try {
    system_lookup("a..b");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.peer(), "a..b");
    EXPECT_EQ(error.operation(), "resolve");
  }
}

Task<std::string> greet(Resolver& resolver, std::string host, TcpListener& listener) {
  auto both = co_await gather(resolver.connect(host, listener.port()), listener.accept());
  TcpStream near = std::get<0>(std::move(both));
  TcpStream far = std::get<1>(std::move(both));
  std::byte buffer[5];
  co_await far.write("hello");
  const std::size_t got = co_await near.read(buffer);
  co_return std::string(text_of({buffer, got}));
}

TEST_P(Resolving, a_connection_to_a_name_passes_over_addresses_that_refuse) {
  TcpListener listener(Address::loopback(0));
  Resolver resolver({.hosts = {{"two.test", {ip("127.0.0.2"), ip("127.0.0.1")}}}});
  EXPECT_EQ(in_place(greet(resolver, "two.test", listener)), "hello");
  EXPECT_EQ(in_place(greet(resolver, "localhost", listener)), "hello");
}

TEST_P(Resolving, where_no_address_answers_the_first_failure_is_thrown_with_the_others_on_it) {
  std::uint16_t port = 0;
  {
    TcpListener listener(Address::loopback(0));
    port = listener.port();
  }
  Resolver resolver({.hosts = {{"two.test", {ip("127.0.0.2"), ip("127.0.0.3")}}}});
  try {
    in_place(resolver.connect("two.test", port));
    FAIL() << "connected to nobody";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::refused);
    EXPECT_EQ(error.peer(), ip("127.0.0.2", port).to_string());
    EXPECT_EQ(error.suppressed().size(), 1U);
  }
}

RINGBACK_EVERY_PLACE(Resolving);

TEST(InterleavedFamilies, take_turns_beginning_with_the_first_ones) {
  const std::vector<Address> given{ip("::1"), ip("::2"), ip("::3"), ip("10.0.0.1"), ip("10.0.0.2")};
  const std::vector<Address> wanted{ip("::1"), ip("10.0.0.1"), ip("::2"), ip("10.0.0.2"), ip("::3")};
  EXPECT_EQ(internal::interleave_families(given), wanted);
  EXPECT_TRUE(internal::interleave_families({}).empty());
}

// What each address does, and when it was tried.
class Network {
 public:
  // Addresses are 10.0.0.0, 10.0.0.1, ...
  struct Host {
    Duration answers_after;
    bool refuses;
  };

  explicit Network(std::vector<Host> hosts) : hosts_(std::move(hosts)) {}

  std::vector<Address> addresses() const {
    std::vector<Address> all;
    for (std::size_t i = 0; i < hosts_.size(); ++i) all.push_back(ip("10.0.0." + std::to_string(i), 80));
    return all;
  }
  internal::ConnectAttempt attempt() {
    return [this](Address to) { return answer(*this, to); };
  }
  // Milliseconds after the first.
  const std::vector<long>& tried_at() const { return tried_at_; }
  Census& census() { return census_; }

 private:
  static Task<Descriptor> answer(Network& network, Address to) {
    const Census::Member member(network.census_);
    const Host host = network.hosts_[network.tried_at_.size()];
    network.tried_at_.push_back((now().time_since_epoch() - network.begin()) / 1ms);
    co_await sleep(host.answers_after);
    if (host.refuses) throw Error::from_os(ECONNREFUSED, "connect", to.to_string());
    co_return Descriptor(::dup(0));
  }
  Duration begin() {
    if (tried_at_.empty()) begin_ = now().time_since_epoch();
    return begin_;
  }

  std::vector<Host> hosts_;
  std::vector<long> tried_at_;
  Duration begin_ = {};
  Census census_;
};

std::string winner(Network& network) {
  auto connected = run_virtually(internal::staggered_connect(network.addresses(), 250ms, network.attempt()));
  EXPECT_EQ(network.census().alive(), 0);
  return connected.to.to_string();
}

TEST(StaggeredConnect, an_address_that_answers_is_the_only_one_tried) {
  Network network({{10ms, false}, {1ms, false}});
  EXPECT_EQ(winner(network), "10.0.0.0:80");
  EXPECT_EQ(network.tried_at(), (std::vector<long>{0}));
}

TEST(StaggeredConnect, a_silent_address_is_overtaken_by_the_next_after_its_head_start) {
  Network network({{1h, false}, {1h, false}, {10ms, false}});
  EXPECT_EQ(winner(network), "10.0.0.2:80");
  EXPECT_EQ(network.tried_at(), (std::vector<long>{0, 250, 500}));
}

TEST(StaggeredConnect, a_slow_first_address_may_still_win) {
  Network network({{300ms, false}, {100ms, false}});
  EXPECT_EQ(winner(network), "10.0.0.0:80");
}

TEST(StaggeredConnect, a_refusal_is_followed_by_the_next_at_once) {
  Network network({{10ms, true}, {10ms, true}, {10ms, false}});
  EXPECT_EQ(winner(network), "10.0.0.2:80");
  EXPECT_EQ(network.tried_at(), (std::vector<long>{0, 10, 20}));
}

TEST(StaggeredConnect, a_limit_around_it_stops_every_attempt) {
  Network network({{1h, false}, {1h, false}});
  const auto kind = kind_thrown_by([&] {
    return run_virtually(timeout(1s, internal::staggered_connect(network.addresses(), 250ms, network.attempt())));
  });
  EXPECT_EQ(kind, ErrorKind::timed_out);
  EXPECT_EQ(network.census().alive(), 0);
  EXPECT_EQ(network.census().ever(), 2);
}

TEST(StaggeredConnect, every_winner_and_loser_gives_its_descriptor_back) {
  const std::size_t before = open_descriptor_count();
  for (int i = 0; i < 10; ++i) {
    Network network({{250ms, false}, {0ms, false}, {0ms, false}});
    winner(network);
  }
  EXPECT_EQ(open_descriptor_count(), before);
}

}  // namespace
}  // namespace ringback
