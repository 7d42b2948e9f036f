// Unix sockets: streams between processes of one machine, by path or abstract name.
//
//   UnixListener listener("/run/service.sock");
//   UnixStream stream = co_await UnixStream::connect("/run/service.sock");
//   auto [left, right] = socket_pair();
//
// Errors: not_found, refused, denied ... with the path as peer.
#pragma once

#include <utility>

#include "ringback/net/socket_listener.h"
#include "ringback/net/socket_stream.h"

namespace ringback {

class UnixStream final : public SocketStream {
 public:
  // '@' first names an abstract socket. Cancellation: as of TcpStream::connect().
  static Task<UnixStream> connect(std::string path);
  // Takes over a connected socket. Errors: invalid where it is not connected.
  static UnixStream from_descriptor(Descriptor descriptor);

 private:
  friend class UnixListener;
  friend std::pair<UnixStream, UnixStream> socket_pair();
  using SocketStream::SocketStream;
};

class UnixListener final : public SocketListener {
 public:
  // Makes the path, which must not exist (but see ListenOptions::replace_stale), and removes it in the end where it is
  // still this one: in the destructor, not in close(). Errors: exists says what is there and what to do.
  explicit UnixListener(std::string_view path, const ListenOptions& options = {});
  UnixListener(UnixListener&&) noexcept = default;
  ~UnixListener();

  // See accept_descriptor().
  Task<UnixStream> accept();

 private:
  // What is removed; empty for an abstract name, and after a move.
  class Path {
   public:
    explicit Path(std::string_view path);
    Path(Path&& other) noexcept;
    void remove() noexcept;

   private:
    std::string path_;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
  };

  Path path_;
};

// Two streams that are each other's peer. Errors: exhausted.
std::pair<UnixStream, UnixStream> socket_pair();

}  // namespace ringback
