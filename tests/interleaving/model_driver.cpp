// Instead of driver/make_driver.cpp: what asks for a driver gets one on virtual time, whose sleep and
// wake-up are atomics and so belong to the model.
#include "ringback/driver/virtual_driver.h"

namespace ringback {

std::unique_ptr<runtime::Driver> make_driver(DriverKind, const DriverOptions&) {
  return std::make_unique<VirtualDriver>(1);
}

}  // namespace ringback
