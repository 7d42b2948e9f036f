// Every form of a request, of any bytes: read, or refused with a status of 400 or 422 and a message. The
// first byte says which form: 'a' is the first of the list.
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
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0]) {
    case 'a': try_reading(read_create, text); break;
    case 'b': try_reading(read_upsert, text); break;
    case 'c': try_reading(read_delete, text); break;
    case 'd': try_reading(read_retrieve, text); break;
    case 'e': try_reading(read_scroll, text); break;
    case 'f': try_reading(read_search, text); break;
    case 'g': try_reading(read_query, text); break;
    case 'h': try_reading(read_search_batch, text); break;
    case 'i': try_reading(read_query_batch, text); break;
    case 'j': try_reading(read_call_options, text); break;
    case 'k': try_reading([](std::string_view body) { return read_count_request(body), 0; }, text); break;
    default: return -1;  // not worth keeping
  }
  return 0;
}
