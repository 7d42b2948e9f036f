// The kernels of each instruction set.
//
// Each is defined by a source file of its own, compiled for that set; only kernels.cpp looks at them,
// and only at those that run here.
#pragma once

#include "vectordb/distance/kernels.h"

namespace vectordb::internal {

extern const Kernels kScalarKernels;
extern const Kernels kAvx2Kernels;    // on x86-64
extern const Kernels kAvx512Kernels;  // on x86-64
extern const Kernels kNeonKernels;    // on 64-bit Arm

}  // namespace vectordb::internal
