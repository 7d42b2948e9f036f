// One module that connects, two hypervisors behind it, and operations that belong to whoever calls.
//
// The module knows how to get at a machine and nothing of what is done with it; the operation is the callback. Which
// hypervisor it is, is an argument too: neither the module nor the operations change for the second one.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "ringback/async/future.h"
#include "ringback/async/run.h"
#include "ringback/exec/pool.h"
#include "ringback/io/line_reader.h"
#include "ringback/net/tcp.h"
#include "ringback/net/unix_socket.h"
#include "ringback/pipeline/resource_pool.h"

using namespace ringback;
using namespace std::chrono_literals;

// [connection]
// To a hypervisor, which answers each line with a line.
class Connection {
 public:
  explicit Connection(std::unique_ptr<ByteStream> stream)
      : stream_(std::move(stream)), lines_(std::make_unique<LineReader>(*stream_)) {}

  Task<std::string> ask(std::string question) {
    co_await stream_->write(question + "\n");
    std::optional<std::string> answer = co_await lines_->next();
    co_return answer.value_or("the hypervisor is gone");
  }

 private:
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<LineReader> lines_;
};
// [/connection]

// [module]
// Hands a machine to `operation`, over a connection that is kept for the next one.
class Hypervisors {
 public:
  template <typename Connect>
  explicit Hypervisors(Connect connect) : connections_(std::move(connect)) {}

  template <typename Operate>
  auto with_domain(std::string host, std::string uuid, Operate operation) {
    return connections_.with(std::move(host), [uuid, operation](Connection& connection) {  //
      return operation(connection, uuid);
    });
  }
  auto close() { return connections_.close(); }

 private:
  ResourcePool<Connection> connections_;
};
// [/module]

// [operations]
// The caller's: what is done with a machine, on whichever hypervisor.
Task<std::string> reboot(Connection& connection, std::string uuid) {
  std::string stopped = co_await connection.ask("shutdown " + uuid);
  std::string started = co_await connection.ask("start " + uuid);
  co_return stopped + ", " + started;
}
Task<std::string> freeze(Connection& connection, std::string uuid) {
  co_return co_await connection.ask("freeze " + uuid);  // will never be answered
}
// [/operations]

// [back_ends]
Task<Connection> connect_kvm(std::string host) {  // over TCP
  TcpStream stream = co_await TcpStream::connect(Address::parse(host));
  co_return Connection(std::make_unique<TcpStream>(std::move(stream)));
}

Task<Connection> connect_container(std::string path) {  // over a socket of this machine
  UnixStream stream = co_await UnixStream::connect(std::move(path));
  co_return Connection(std::make_unique<UnixStream>(std::move(stream)));
}
// [/back_ends]

// A hypervisor, as far as this example needs one: says what it did, and on which connection.
template <typename Listener>
Task<> serve(Listener& listener, std::string name, int clients) {
  for (int client = 1; client <= clients; ++client) {
    auto stream = co_await listener.accept();
    LineReader lines(stream);
    for (;;) {
      std::optional<std::string> line = co_await lines.next();
      if (!line) break;
      if (line->starts_with("freeze")) continue;
      co_await stream.write(name + " " + std::to_string(client) + ": " + *line + " done\n");
    }
  }
}

int main() {
  const std::string path = std::filesystem::temp_directory_path() / ("ringback." + std::to_string(getpid()));
  TcpListener kvm_listener(Address::loopback(0));
  UnixListener container_listener(path);
  Pool pool({.threads = 1});
  spawn(pool, serve(kvm_listener, "kvm", 2));
  spawn(pool, serve(container_listener, "container", 1));
  const std::string host = kvm_listener.local().to_string();

  // [use]
  Hypervisors kvm(connect_kvm);
  Hypervisors container(connect_container);
  std::printf("inline  %s\n", wait(kvm.with_domain(host, "vm-1", reboot)).c_str());
  std::printf("Loop    %s\n", run(container.with_domain(path, "vm-2", reboot)).c_str());
  std::printf("Pool    %s\n", spawn(pool, kvm.with_domain(host, "vm-3", reboot)).get().c_str());
  // Stopped in the middle, so nobody gets this connection again.
  auto frozen = wait_outcome(timeout(20ms, kvm.with_domain(host, "vm-4", freeze)));
  std::printf("inline  %s\n", frozen.failure().describe().c_str());
  std::printf("inline  %s\n", wait(kvm.with_domain(host, "vm-4", reboot)).c_str());
  // [/use]
  wait(kvm.close());
  wait(container.close());
}
