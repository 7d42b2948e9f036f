#include "demo/tour.h"

#include "cli/arguments.h"
#include "demo/tour_sections.h"

namespace ringback::demo {
namespace {

constexpr const char* kAbout =
    "Plays the practice program on synchronous and asynchronous: eight sections, six seconds, each\n"
    "measured time beside the one its author states. The synchronous parts wait() for one operation\n"
    "after another on this thread; the asynchronous ones run() the same operations on a Loop.";

constexpr const char* kAfter =
    "  1 three tasks, one after another and side by side    5 a limit that really stops the work\n"
    "  2 ten searches, likewise                             6 ten tasks, three at a time (Semaphore)\n"
    "  3 nested callbacks, and the same with co_await       7 a hundred inserts at once (gather)\n"
    "  4 errors: caught, and as results (gather_outcomes)   8 one producer, two consumers (Queue)\n"
    "\n"
    "Next: `ringback-demo compare` measures the same difference on a real service.";

Language parse_language(std::string_view text) {
  if (text == "en") return Language::en;
  if (text == "zh") return Language::zh;
  throw cli::UsageError("is not a language of the tour: there are en and zh");
}

}  // namespace

void play_tour(std::ostream& out, Language language, const Stage::NewDriver& new_driver) {
  Stage stage(out, language, new_driver);
  bool is_first = true;
  for (const auto section : {basics, searching, callback_and_await, handling_errors, timing_out, bounding, inserting,
                             producing_and_consuming}) {
    if (!std::exchange(is_first, false)) stage.line();
    section(stage);
  }
}

int tour_command(const std::vector<std::string>& words, std::ostream& out) {
  Language language = Language::en;
  cli::Arguments arguments("ringback-demo tour", kAbout, kAfter);
  arguments.option("--lang", "en|zh", "the language of the lines; zh prints the original's (default: en)",
                   [&](std::string_view value) { language = parse_language(value); });
  if (!arguments.parse(words)) {
    out << arguments.help();
    return 0;
  }
  play_tour(out, language, [] { return make_driver(); });
  return 0;
}

}  // namespace ringback::demo
