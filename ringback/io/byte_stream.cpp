#include "ringback/io/byte_stream.h"

namespace ringback {

bool StreamRead::begin(Waiter& waiter) noexcept {
  stream_->make_read(place_, into_);
  return place_.operation().begin(waiter);
}

bool StreamReadChunk::begin(Waiter& waiter) noexcept {
  stream_->make_read_chunk(place_);
  return place_.operation().begin(waiter);
}

bool StreamWriteSome::begin(Waiter& waiter) noexcept {
  stream_->make_write(place_, from_);
  return place_.operation().begin(waiter);
}

bool StreamWrite::begin(Waiter& outer) noexcept {
  outer_ = &outer;
  context_ = &outer.context();
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
    stream_->make_write(place_, from_.subspan(done_));
    if (!place_.operation().begin(*this)) return false;
    if (!take_step()) break;
  }
  return true;
}

// False: it failed.
bool StreamWrite::take_step() noexcept {
  Outcome<std::size_t> step = place_.operation().take_size();
  if (!step.ok()) {
    failure_ = std::move(step).failure();
    return false;
  }
  done_ += *step;
  if (progress_ != nullptr) progress_->bytes = done_;
  return true;
}

void StreamWrite::complete() noexcept {
  if (!take_step() || write_on()) outer_->complete();
}

Outcome<void> StreamWrite::take() { return failure_.exists() ? Outcome<void>(std::move(failure_)) : Outcome<void>(); }

}  // namespace ringback
