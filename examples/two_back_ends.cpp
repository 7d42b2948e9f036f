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

using namespace ringback;

// [domain]
// A machine, by way of the connection to its hypervisor.
class Domain {
 public:
  Domain(std::unique_ptr<ByteStream> stream, std::string uuid)
      : stream_(std::move(stream)), lines_(std::make_unique<LineReader>(*stream_)), uuid_(std::move(uuid)) {}

  Task<std::string> command(std::string verb) {
    co_await stream_->write(verb + " " + uuid_ + "\n");
    std::optional<std::string> answer = co_await lines_->next();
    co_return answer.value_or("the hypervisor is gone");
  }

 private:
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<LineReader> lines_;
  std::string uuid_;
};
// [/domain]

// [module]
// Connects, hands the machine to `operation`, and closes whichever way that ends. `operation` may be a coroutine
// or a function.
template <typename Connect, typename Operate>
Task<std::string> with_domain(Connect connect, std::string uuid, Operate operation) {
  std::unique_ptr<ByteStream> stream = co_await connect();
  Domain domain(std::move(stream), std::move(uuid));
  if constexpr (Operation<std::invoke_result_t<Operate&, Domain&>>) {
    co_return co_await operation(domain);
  } else {
    co_return operation(domain);
  }
}
// [/module]

// [operations]
// The caller's: what is done with a machine, on whichever hypervisor.
Task<std::string> reboot(Domain& domain) {
  std::string stopped = co_await domain.command("shutdown");
  std::string started = co_await domain.command("start");
  co_return stopped + ", " + started;
}
// [/operations]

// [back_ends]
struct Kvm {  // over TCP
  Address host;
  Task<std::unique_ptr<ByteStream>> operator()() const {
    TcpStream stream = co_await TcpStream::connect(host);
    co_return std::make_unique<TcpStream>(std::move(stream));
  }
};

struct Container {  // over a socket of this machine
  std::string path;
  Task<std::unique_ptr<ByteStream>> operator()() const {
    UnixStream stream = co_await UnixStream::connect(path);
    co_return std::make_unique<UnixStream>(std::move(stream));
  }
};
// [/back_ends]

// A hypervisor, as far as this example needs one: says what it did.
template <typename Listener>
Task<> serve(Listener& listener, std::string name, int clients) {
  for (int client = 0; client < clients; ++client) {
    auto stream = co_await listener.accept();
    LineReader lines(stream);
    for (;;) {
      std::optional<std::string> line = co_await lines.next();
      if (!line) break;
      co_await stream.write(name + ": " + *line + " done\n");
    }
  }
}

int main() {
  const std::string path = std::filesystem::temp_directory_path() / ("ringback." + std::to_string(getpid()));
  TcpListener kvm_listener(Address::loopback(0));
  UnixListener container_listener(path);
  Pool pool({.threads = 1});
  spawn(pool, serve(kvm_listener, "kvm", 2));
  spawn(pool, serve(container_listener, "container", 2));

  // [use]
  const Kvm kvm{kvm_listener.local()};
  const Container container{path};
  std::printf("inline  %s\n", wait(with_domain(kvm, "vm-1", reboot)).c_str());
  std::printf("Loop    %s\n", run(with_domain(container, "vm-2", reboot)).c_str());
  std::printf("Pool    %s\n", spawn(pool, with_domain(kvm, "vm-3", reboot)).get().c_str());
  const auto look = [](Domain&) { return std::string("connected, and nothing asked"); };  // a plain function
  std::printf("inline  %s\n", wait(with_domain(container, "vm-4", look)).c_str());
  // [/use]
}
