#include "cli/document_service.h"

#include <gtest/gtest.h>

#include "cli/document_client.h"
#include "ringback/async/gather.h"
#include "ringback/async/outcome_of.h"
#include "ringback/async/race.h"
#include "ringback/async/run.h"
#include "ringback/driver/virtual_driver.h"

namespace ringback::cli {
namespace {

using namespace std::chrono_literals;

PackageRecords two_records() {
  return PackageRecords::parse("Package: adduser\nVersion: 1\n\nPackage: apt\nVersion: 2\n");
}

// Runs `make_calls(port)` beside a service, on one Loop, until the calls have ended.
template <typename MakeCalls>
void beside_service(MakeCalls make_calls, RunOptions options = {}) {
  const PackageRecords records = two_records();
  TcpListener listener(Address::loopback(0));
  const std::uint16_t port = listener.port();
  run(race(make_calls(port), serve_all(std::move(listener), records)), std::move(options));
}

Task<> ask_twice(std::uint16_t port) {
  DocumentClient client(port);
  const std::string first = co_await client.ask("adduser", 0s);
  const std::string second = co_await client.ask("apt", 0s);
  EXPECT_EQ(first, "Package: adduser\nVersion: 1\n");
  EXPECT_EQ(second, "Package: apt\nVersion: 2\n");
}

TEST(DocumentService, gives_the_whole_record) { beside_service(ask_twice); }

Task<> ask_for_nothing(std::uint16_t port) {
  DocumentClient client(port);
  const auto nothing = co_await outcome(client.ask("nothing", 0s));
  EXPECT_FALSE(nothing.ok());
  if (!nothing.ok()) EXPECT_EQ(nothing.failure().error()->kind(), ErrorKind::not_found);
  const std::string after = co_await client.ask("apt", 0s);
  EXPECT_EQ(after, "Package: apt\nVersion: 2\n");
}

TEST(DocumentService, says_that_there_is_no_such_document) { beside_service(ask_for_nothing); }

Task<> talk_nonsense(std::uint16_t port) {
  TcpStream stream = co_await TcpStream::connect(Address::loopback(port));
  LineReader lines(stream);
  for (const char* nonsense : {"\n", "two words here\n", "apt -5\n", "apt 5x\n", " apt\n"}) {
    co_await stream.write(nonsense);
    const std::optional<std::string> reply = co_await lines.next();
    EXPECT_TRUE(reply.has_value() && reply->starts_with("error ")) << nonsense;
  }
  co_await stream.write("apt\n");
  const std::optional<std::string> reply = co_await lines.next();
  EXPECT_EQ(reply, "found 24");
}

TEST(DocumentService, answers_nonsense_with_what_to_ask_and_goes_on) { beside_service(talk_nonsense); }

Task<> send_a_flood(std::uint16_t port) {
  const std::string flood(100'000, 'x');
  TcpStream stream = co_await TcpStream::connect(Address::loopback(port));
  const auto sent = co_await outcome(stream.write(flood));
  static_cast<void>(sent);
  const auto reply = co_await outcome(stream.read());
  EXPECT_TRUE(!reply.ok() || reply->empty());
  co_await ask_twice(port);
}

TEST(DocumentService, ends_a_connection_that_sends_no_line_and_serves_the_others) { beside_service(send_a_flood); }

Task<> ask_slowly_and_quickly(std::uint16_t port) {
  DocumentClient client(port);
  const auto first = co_await race(client.ask("adduser", 1h), client.ask("apt", 1min));
  EXPECT_EQ(first.index(), 1U);
}

TEST(DocumentService, answers_others_while_one_waits) {
  RunOptions options;
  options.loop.driver = std::make_unique<VirtualDriver>();
  beside_service(ask_slowly_and_quickly, std::move(options));
}

}  // namespace
}  // namespace ringback::cli
