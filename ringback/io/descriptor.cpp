#include "ringback/io/descriptor.h"

#include <unistd.h>

namespace ringback {

// Never repeated: on Linux the descriptor is free even where close() reports EINTR.
void Descriptor::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace ringback
