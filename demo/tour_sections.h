// The eight sections of the practice program; each prints what the original prints.
#pragma once

#include "demo/tour_stage.h"

namespace ringback::demo {

// tour_waiting.cpp: one after another, side by side, and called back.
void basics(Stage& stage);
void searching(Stage& stage);
void callback_and_await(Stage& stage);

// tour_failing.cpp: errors and limits of time.
void handling_errors(Stage& stage);
void timing_out(Stage& stage);

// tour_sharing.cpp: what tasks share.
void bounding(Stage& stage);
void inserting(Stage& stage);
void producing_and_consuming(Stage& stage);

}  // namespace ringback::demo
