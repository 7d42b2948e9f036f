#include "ringback/io/process_function.h"

#include <mutex>

#include "ringback/base/check.h"

namespace ringback::internal {
namespace {

// Ready before any static object is made.
constinit std::mutex functions_lock;
constinit ProcessFunctionBase* first_function = nullptr;

}  // namespace

void throw_cut_value() {
  throw Error(ErrorKind::malformed, "read a value of another process", "it has another length than its type");
}

ProcessFunctionBase::ProcessFunctionBase(std::string_view name) : name_(name) {
  RINGBACK_CHECK(find(name) == nullptr, "two ProcessFunctions have one name: a worker would not know which to call");
  std::lock_guard guard(functions_lock);
  next_ = first_function;
  first_function = this;
}

ProcessFunctionBase::~ProcessFunctionBase() {
  std::lock_guard guard(functions_lock);
  ProcessFunctionBase** place = &first_function;
  while (*place != this) place = &(*place)->next_;
  *place = next_;
}

const ProcessFunctionBase* ProcessFunctionBase::find(std::string_view name) noexcept {
  std::lock_guard guard(functions_lock);
  const ProcessFunctionBase* function = first_function;
  while (function != nullptr && function->name_ != name) function = function->next_;
  return function;
}

}  // namespace ringback::internal
