// Those who wait for room in a Pool, in the order they came.
#pragma once

#include "ringback/base/atomic.h"
#include "ringback/exec/admission.h"

namespace ringback::internal {

// Threads: line under lock; who is told has left it before. Locks: a context's, then this one; under it
// none but the claim of a race, which has no lock.
class AdmissionLine {
 public:
  using List = IntrusiveList<AdmissionSeeker, AdmissionTag>;

  ~AdmissionLine() {
    RINGBACK_CHECK(line.empty(), "a Pool was destroyed while somebody waits in admit(): it must outlive who uses it");
  }

  SpinLock lock;
  List line;
};

}  // namespace ringback::internal
