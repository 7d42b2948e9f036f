#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>

#include "ringback/driver/driver_test.h"
#include "ringback/driver/virtual_driver.h"

namespace ringback {

using namespace runtime;

void Recorded::submit_to(Driver& driver) {
  ended_ = false;
  Result now;
  if (driver.submit(*this, now)) on_result(std::move(now));
}

void Recorded::on_result(Result result) noexcept {
  EXPECT_FALSE(ended_) << "a result after the last one";
  ended_ = !result.more;
  results.push_back(std::move(result));
  if (then) then();
}

void Descriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Pair make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Pair kernel_pipe() {
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) std::abort();
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Descriptor make_tcp_socket() { return Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

Listener make_listener() {
  Listener listener{make_tcp_socket(), {}, sizeof(sockaddr_in)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  if (::listen(listener.socket.get(), 128) != 0) std::abort();
  ::getsockname(listener.socket.get(), reinterpret_cast<sockaddr*>(&listener.address), &listener.address_bytes);
  return listener;
}

Descriptor make_file(const std::string& text) {
  Descriptor file(::memfd_create("test", MFD_CLOEXEC));
  if (::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) std::abort();
  return file;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::unique_ptr<Driver> DriverTest::make(const DriverOptions& options) const {
  if (is("uring")) return make_driver(DriverKind::uring, options);
  if (is("epoll")) return make_driver(DriverKind::epoll, options);
  return std::make_unique<VirtualDriver>(options.seed != 0 ? options.seed : 1, DriverKind::any, options);
}

void DriverTest::TearDown() {
  if (driver_ != nullptr) {
    EXPECT_EQ(driver_->in_flight(), 0U);
  }
}

Recorded& read_into(Recorded& request, int fd, std::span<char> into, std::int64_t offset) {
  request.words = {};
  request.words.code = RequestWords::Code::read;
  request.words.fd = fd;
  request.words.buffer = into.data();
  request.words.length = static_cast<std::uint32_t>(into.size());
  request.words.offset = offset;
  return request;
}

Recorded& write_from(Recorded& request, int fd, std::string_view text, std::int64_t offset) {
  request.words = {};
  request.words.code = RequestWords::Code::write;
  request.words.fd = fd;
  request.words.constant_buffer = text.data();
  request.words.length = static_cast<std::uint32_t>(text.size());
  request.words.offset = offset;
  return request;
}

Recorded& receive_into(Recorded& request, int fd, std::span<char> into) {
  read_into(request, fd, into).words.code = RequestWords::Code::receive;
  return request;
}

Recorded& send_from(Recorded& request, int fd, std::string_view text) {
  write_from(request, fd, text).words.code = RequestWords::Code::send;
  return request;
}

Recorded& connect_to(Recorded& request, int fd, const Listener& listener) {
  request.words = {};
  request.words.code = RequestWords::Code::connect;
  request.words.fd = fd;
  request.words.address = reinterpret_cast<const sockaddr*>(&listener.address);
  request.words.length = listener.address_bytes;
  return request;
}

}  // namespace ringback
