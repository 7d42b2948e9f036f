// Every form of a request, of any bytes: read, or refused with a status of 400 or 422 and a message.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "vectordb/server/internal/call_options.h"
#include "vectordb/server/internal/collection_request.h"
#include "vectordb/server/internal/point_request.h"
#include "vectordb/server/internal/refusal.h"
#include "vectordb/server/internal/search_request.h"

namespace {

using namespace vectordb::internal;

template <typename Read>
void try_reading(Read read, std::string_view text) {
  try {
    static_cast<void>(read(text));
  } catch (const ringback::Error&) {
    const Ending ending = ending_of(ringback::Failure::from_current());
    if ((ending.status != 400 && ending.status != 422) || ending.message.size() < 10) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_reading(read_create, text);
  try_reading(read_upsert, text);
  try_reading(read_delete, text);
  try_reading(read_retrieve, text);
  try_reading(read_scroll, text);
  try_reading(read_search, text);
  try_reading(read_query, text);
  try_reading(read_search_batch, text);
  try_reading(read_query_batch, text);
  try_reading(read_call_options, text);
  try_reading([](std::string_view body) { return read_count_request(body), 0; }, text);
  return 0;
}
