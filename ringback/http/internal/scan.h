// Where a run of bytes of one class ends in a text: the same as end_of(), and faster in long ones.
#pragma once

#if defined(__SSE2__)
#include "ringback/http/internal/scan_sse2.h"
#else
#include "ringback/http/internal/scan_bytes.h"
#endif
