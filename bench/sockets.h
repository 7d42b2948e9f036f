// Plain sockets for the floor and the load generator. Whatever fails ends the program.
#pragma once

#include <cstdint>

namespace bench {

// Prints what failed and ends.
[[noreturn]] void die(const char* what);

// Listens on the loopback, at a port the kernel chooses; without blocking.
int listen_somewhere();
std::uint16_t port_of(int socket);
// A connection to the loopback. `wait` false: it may still be on its way.
int connect_to(std::uint16_t port, bool wait);
// The server that BENCH_PORT names.
std::uint16_t server_port();
// Undoes what the above begin with.
void set_blocking(int socket);
// Sends small writes at once.
void set_no_delay(int socket);

// Of each message of echo.
inline constexpr unsigned kMessageBytes = 64;

}  // namespace bench
