// Any bytes have a vector: of length one, or of zeros.

#include <cmath>
#include <cstdlib>
#include <string_view>

#include "vectordb/text/embedder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  static const vectordb::TextEmbedder embedder;
  double squares = 0;
  for (const float x : embedder.embed({reinterpret_cast<const char*>(data), bytes})) squares += double{x} * x;
  if (squares != 0 && !(std::abs(squares - 1) < 1e-3)) std::abort();
  return 0;
}
