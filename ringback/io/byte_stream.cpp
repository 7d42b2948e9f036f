#include "ringback/io/byte_stream.h"

namespace ringback {

using namespace runtime;

namespace {

// Stands where a stream could not make its operation.
class NotMade final : public StreamOperation {
 public:
  explicit NotMade(Failure failure) noexcept : failure_(std::move(failure)) {}
  bool begin(Waiter&) noexcept override { return true; }
  Outcome<std::size_t> take_size() override { return failure_; }
  Outcome<Chunk> take_chunk() override { return failure_; }

 private:
  Failure failure_;
};

// Makes an operation in `place` and begins it.
template <typename Make>
bool begin_made(StreamPlace& place, Waiter& waiter, Make&& make) noexcept {
  try {
    make();
  } catch (...) {
    place.emplace<NotMade>(Failure::from_current());
  }
  return place.operation().begin(waiter);
}

}  // namespace

bool StreamRead::begin(Waiter& waiter) noexcept {
  return begin_made(place_, waiter, [this] { stream_->make_read(place_, into_); });
}

bool StreamReadChunk::begin(Waiter& waiter) noexcept {
  return begin_made(place_, waiter, [this] { stream_->make_read_chunk(place_); });
}

bool StreamWriteSome::begin(Waiter& waiter) noexcept {
  return begin_made(place_, waiter, [this] { stream_->make_write(place_, from_); });
}

bool StreamWrite::begin(Waiter& outer) noexcept {
  outer_ = &outer;
  context_ = &outer.context();
  place_.be_part_of_write();
  if (progress_ != nullptr) progress_->bytes = 0;
  if (outer.context().is_cancelled()) {
    failure_ = Cancelled{outer.context().reason()};
    return true;
  }
  return write_on();
}

// True: all of it has ended. False: suspended in one write, and `this` may be gone.
bool StreamWrite::write_on() noexcept {
  while (done_ < from_.size()) {
    const bool ended = begin_made(place_, *this, [this] { stream_->make_write(place_, from_.subspan(done_)); });
    if (!ended) return false;
    if (!take_step()) break;
  }
  return true;
}

// False: it failed.
bool StreamWrite::take_step() noexcept {
  try {
    Outcome<std::size_t> step = place_.operation().take_size();
    if (!step.ok()) {
      failure_ = std::move(step).failure();
      return false;
    }
    done_ += *step;
  } catch (...) {
    failure_ = Failure::from_current();
    return false;
  }
  if (progress_ != nullptr) progress_->bytes = done_;
  return true;
}

void StreamWrite::complete() noexcept {
  if (!take_step() || write_on()) outer_->complete();
}

Outcome<void> StreamWrite::take() { return failure_.exists() ? Outcome<void>(std::move(failure_)) : Outcome<void>(); }

}  // namespace ringback
