#include "ringback/exec/admission.h"

#include <mutex>

#include "ringback/exec/internal/admission_line.h"
#include "ringback/exec/pool.h"

namespace ringback {

using namespace runtime;

Executor& Admission::executor() const noexcept {
  RINGBACK_CHECK(pool_ != nullptr, "an Admission was used that holds no place: it was used, released or moved before");
  return *pool_;
}

void Admission::use(NewJob& job) noexcept {
  Executor& pool = executor();
  pool_ = nullptr;
  pool.post_admitted(job);
}

void Admission::give_back() noexcept { std::exchange(pool_, nullptr)->new_work_left(); }

std::optional<Admission> Pool::try_admit() noexcept {
  if (count_new(is_own_thread() ? kHasLine : kHasLine | kClosed) != Counted::yes) return std::nullopt;
  return Admission(*this);
}

bool Pool::seek_admission(AdmissionSeeker& seeker) noexcept {
  using End = AdmissionSeeker::End;
  seeker.is_inside_ = is_own_thread();
  {
    std::lock_guard guard(line_->lock);
    switch (count_new(seeker.is_inside_ ? kHasLine : kHasLine | kClosed)) {
      case Counted::closed: seeker.set_end(End::refused); return true;
      case Counted::full: break;
      case Counted::yes:
        if (seeker.may_take_admission()) {
          seeker.set_end(End::given);
          return true;
        }
        queued_.fetch_sub(1, std::memory_order_seq_cst);  // Nobody is in line who would want it.
        seeker.set_end(End::lost);
        return false;
    }
    line_->line.push_back(seeker);
    const std::uint64_t before = queued_.fetch_or(kHasLine, std::memory_order_seq_cst);
    if ((before & kCount) >= queue_max_) return false;  // Who leaves from here on sees the line.
  }
  serve_line();  // May tell the seeker too, like anybody else; it is gone then.
  return false;
}

// Hands over to the front what is free. What a seeker declines goes to the next.
void Pool::serve_line() noexcept {
  using End = AdmissionSeeker::End;
  internal::AdmissionLine::List told;
  {
    std::lock_guard guard(line_->lock);
    while (!line_->line.empty() && count_new(0) == Counted::yes) {
      AdmissionSeeker& seeker = *line_->line.pop_front();
      if (seeker.may_take_admission()) {
        seeker.set_end(End::given);
        told.push_back(seeker);
      } else {
        seeker.set_end(End::lost);
        queued_.fetch_sub(1, std::memory_order_seq_cst);
      }
    }
    if (line_->line.empty()) queued_.fetch_and(~kHasLine, std::memory_order_seq_cst);
  }
  while (AdmissionSeeker* seeker = told.pop_front()) seeker->tell_admission();
}

// Those from outside; the Pool's own jobs go on waiting, and are served.
void Pool::refuse_line() noexcept {
  internal::AdmissionLine::List told;
  {
    std::lock_guard guard(line_->lock);
    for (AdmissionSeeker* seeker = line_->line.front(); seeker != nullptr;) {
      AdmissionSeeker& looked_at = *seeker;
      seeker = line_->line.next(looked_at);
      if (looked_at.is_inside_) continue;
      looked_at.unlink();
      looked_at.set_end(AdmissionSeeker::End::refused);
      told.push_back(looked_at);
    }
    if (line_->line.empty()) queued_.fetch_and(~kHasLine, std::memory_order_seq_cst);
  }
  while (AdmissionSeeker* seeker = told.pop_front()) seeker->tell_admission();
}

bool Pool::forget_admission(AdmissionSeeker& seeker) noexcept {
  using End = AdmissionSeeker::End;
  if (seeker.end() >= End::given) return false;  // The Pool may be gone, once it has refused.
  std::lock_guard guard(line_->lock);
  if (seeker.end() >= End::given) return false;
  if (seeker.is_linked()) {
    seeker.unlink();
    if (line_->line.empty()) queued_.fetch_and(~kHasLine, std::memory_order_seq_cst);
  }
  seeker.set_end(End::cancelled);
  return true;
}

}  // namespace ringback
