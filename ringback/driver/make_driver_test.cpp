#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <iostream>

#include "ringback/base/error.h"
#include "ringback/driver/driver.h"
#include "ringback/driver/driver_test.h"

namespace ringback {

using namespace runtime;

namespace {

using Code = RequestWords::Code;

// From now on this process gets `error` for the system call `number`, as under an old kernel or a strict sandbox.
void deny(long number, int error) {
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(rules), rules};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) std::abort();
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) std::abort();
}

// The kind and text of the error that making a driver gives, or its name.
std::string what_comes(DriverKind kind, const DriverOptions& options = {}) {
  try {
    return std::string(make_driver(kind, options)->name());
  } catch (const Error& error) {
    return std::string(to_string(error.kind())) + ": " + error.what();
  }
}

// What is said in a process of its own.
template <typename Say>
void expect_said(Say&& say, const char* text) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        std::cerr << say();
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), text);
}

TEST(MakeDriverTest, gives_what_was_named) {
  EXPECT_EQ(make_driver(DriverKind::uring)->name(), "uring");
  EXPECT_EQ(make_driver(DriverKind::epoll)->name(), "epoll");
}

TEST(MakeDriverTest, the_environment_chooses_where_the_program_does_not) {
  expect_said(
      [] {
        ::setenv("RINGBACK_DRIVER", "epoll", 1);
        return what_comes(DriverKind::any);
      },
      "^epoll");
  expect_said(
      [] {
        ::setenv("RINGBACK_DRIVER", "uring", 1);
        return what_comes(DriverKind::any);
      },
      "^uring");
  expect_said(
      [] {
        ::setenv("RINGBACK_DRIVER", "", 1);
        return what_comes(DriverKind::any);
      },
      "^uring");
  expect_said(
      [] {
        ::setenv("RINGBACK_DRIVER", "epoll", 1);
        return what_comes(DriverKind::uring);
      },
      "^uring");
  expect_said(
      [] {
        ::setenv("RINGBACK_DRIVER", "kqueue", 1);
        return what_comes(DriverKind::any);
      },
      "^invalid: make driver: RINGBACK_DRIVER is \"kqueue\"");
}

TEST(MakeDriverTest, falls_back_to_epoll_where_the_kernel_has_no_io_uring) {
  for (const int error : {ENOSYS, EPERM, EINVAL}) {
    expect_said(
        [=] {
          deny(SYS_io_uring_setup, error);
          return what_comes(DriverKind::any);
        },
        "^epoll");
    expect_said(
        [=] {
          deny(SYS_io_uring_setup, error);
          return what_comes(DriverKind::uring);
        },
        "^unsupported: set up io_uring");
  }
}

TEST(MakeDriverTest, falls_back_to_epoll_where_io_uring_cannot_be_asked_what_it_knows) {
  expect_said(
      [] {
        deny(SYS_io_uring_register, EPERM);
        return what_comes(DriverKind::any);
      },
      "^epoll");
}

TEST(MakeDriverTest, epoll_waits_for_milliseconds_where_the_kernel_knows_nothing_shorter) {
  expect_said(
      [] {
        deny(SYS_epoll_pwait2, ENOSYS);
        const auto driver = make_driver(DriverKind::epoll);
        const TimePoint until = driver->now() + std::chrono::microseconds(100);
        driver->poll(Deadline::at(until));
        return driver->now() >= until ? "not early" : "early";
      },
      "^not early");
}

TEST(MakeDriverTest, says_so_when_descriptors_have_run_out) {
  for (const DriverKind kind : {DriverKind::any, DriverKind::uring, DriverKind::epoll}) {
    expect_said(
        [=] {
          deny(SYS_eventfd2, EMFILE);
          return what_comes(kind);
        },
        "^exhausted");
  }
  expect_said(
      [] {
        deny(SYS_io_uring_setup, EMFILE);
        return what_comes(DriverKind::any);
      },
      "^exhausted");
  expect_said(
      [] {
        deny(SYS_epoll_create1, EMFILE);
        return what_comes(DriverKind::epoll);
      },
      "^exhausted");
}

TEST(MakeDriverTest, refuses_options_that_no_driver_can_have) {
  DriverOptions options;
  for (const std::uint32_t count : {0U, 3U, 65536U}) {
    options.chunk_count = count;
    EXPECT_TRUE(what_comes(DriverKind::any, options).starts_with("invalid"));
  }
  options = {};
  options.chunk_bytes = 0;
  EXPECT_TRUE(what_comes(DriverKind::any, options).starts_with("invalid"));
}

TEST(AttemptTest, completes_what_is_ready_and_nothing_else) {
  Pair pair = make_socket_pair();
  std::array<char, 8> into{};
  Recorded receive;
  receive_into(receive, pair.near.get(), into);
  Result now;
  EXPECT_FALSE(attempt(receive.words, now));
  ASSERT_EQ(::send(pair.far.get(), "hello", 5, 0), 5);
  EXPECT_TRUE(attempt(receive.words, now));
  EXPECT_EQ(now.value, 5);
  pair.far.close();
  EXPECT_TRUE(attempt(receive.words, now));
  EXPECT_EQ(now.value, 0);
}

TEST(AttemptTest, never_waits_on_a_blocking_descriptor) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Descriptor reader(ends[0]);
  Descriptor writer(ends[1]);
  std::array<char, 8> into{};
  Recorded read;
  Result now;
  EXPECT_FALSE(attempt(read_into(read, reader.get(), into).words, now));
  const std::string block(1 << 17, 'x');  // twice what fits
  Recorded write;
  write_from(write, writer.get(), block);
  ASSERT_TRUE(attempt(write.words, now));
  while (attempt(write.words, now)) EXPECT_GT(now.value, 0);
  Listener listener = make_listener();
  ::fcntl(listener.socket.get(), F_SETFL, 0);
  Recorded accept(Code::accept, listener.socket.get());
  EXPECT_FALSE(attempt(accept.words, now));
}

TEST(AttemptTest, never_waits_on_a_blocking_pipe_on_old_kernels_either) {
  expect_said(
      [] {
        deny(SYS_preadv2, EOPNOTSUPP);
        deny(SYS_pwritev2, EOPNOTSUPP);
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
        std::array<char, 8> into{};
        Recorded request;
        Result now;
        if (attempt(read_into(request, ends[0], into).words, now)) return "read";
        const std::string block(1 << 17, 'x');
        write_from(request, ends[1], block);
        while (attempt(request.words, now)) {
        }
        if (!attempt(read_into(request, ends[0], into).words, now)) return "nothing to read";
        return now.value == 8 ? "both" : "wrong";
      },
      "^both");
}

TEST(AttemptTest, carries_out_files) {
  Descriptor file = make_file("text");
  std::array<char, 8> into{};
  Recorded read;
  Result now;
  EXPECT_TRUE(attempt(read_into(read, file.get(), into, 0).words, now));
  EXPECT_EQ(now.value, 4);
  Recorded sync(Code::sync, file.get());
  EXPECT_TRUE(attempt(sync.words, now));
  EXPECT_EQ(now.value, 0);
}

TEST(AttemptTest, knows_how_far_a_connection_is) {
  Listener listener = make_listener();
  Descriptor client = make_tcp_socket();
  Recorded connect;
  connect_to(connect, client.get(), listener);
  Result now;
  while (!attempt(connect.words, now)) {
    pollfd entry{client.get(), POLLOUT, 0};
    ::poll(&entry, 1, -1);
  }
  EXPECT_EQ(now.value, 0);
  listener.socket.close();
  Descriptor other = make_tcp_socket();
  connect_to(connect, other.get(), listener);
  while (!attempt(connect.words, now)) {
    pollfd entry{other.get(), POLLOUT, 0};
    ::poll(&entry, 1, -1);
  }
  EXPECT_EQ(now.value, -ECONNREFUSED);
}

TEST(MakeDriverTest, a_write_to_a_closed_pipe_raises_no_signal_on_old_kernels_either) {
  for (const DriverKind kind : {DriverKind::uring, DriverKind::epoll}) {
    expect_said(
        [=] {
          deny(SYS_pwritev2, EOPNOTSUPP);  // and with it RWF_NOSIGNAL
          const auto driver = make_driver(kind);
          Pair pipe = kernel_pipe();
          pipe.near.close();
          Recorded write;
          write_from(write, pipe.far.get(), "anybody?").submit_to(*driver);
          while (!write.ended()) driver->poll(Deadline::never());
          return write.value() == -EPIPE ? "an error" : "something else";
        },
        "^an error");
  }
}

}  // namespace
}  // namespace ringback
