#include "demo/tour.h"

#include "cli/arguments.h"
#include "demo/tour_sections.h"

namespace ringback::demo {
namespace {

constexpr const char* kAbout =
    "Plays eight small programs, synchronous and asynchronous, in six seconds. Beside each measured time stands the "
    "one "
    "that the textbook gives: what the waits alone add up to. The synchronous parts wait() for one operation after "
    "another on this thread; the asynchronous ones run() the same operations on a Loop.";

constexpr const char* kAfter =
    "  1  three tasks, one after another and side by side\n"
    "  2  ten searches, likewise\n"
    "  3  nested callbacks, and the same with co_await\n"
    "  4  errors: caught, and as results (gather_outcomes)\n"
    "  5  a limit of time that really stops the work\n"
    "  6  ten tasks, three at a time (Semaphore)\n"
    "  7  a hundred inserts at once (gather)\n"
    "  8  one producer, two consumers (Queue)\n"
    "\n"
    "Next: `ringback-demo compare` measures the same difference on a real service.";

Language parse_language(std::string_view text) {
  if (text == "en") return Language::en;
  if (text == "zh") return Language::zh;
  throw cli::UsageError("is not a language of the tour: there are en and zh");
}

cli::Arguments arguments_of(Language& language) {
  cli::Arguments arguments("ringback-demo tour", kAbout, kAfter);
  arguments.option("--lang", "en|zh", "the language of the lines (default: en)",
                   [&](std::string_view value) { language = parse_language(value); }, {"en", "zh"});
  return arguments;
}

}  // namespace

void play_tour(std::ostream& out, Language language, const Stage::NewDriver& new_driver) {
  Stage stage(out, language, new_driver);
  stage.line(stage.words().intro);
  for (const auto section : {basics, searching, callback_and_await, handling_errors, timing_out, bounding, inserting,
                             producing_and_consuming}) {
    stage.line();
    section(stage);
  }
}

cli::Arguments tour_arguments() {
  Language unused = Language::en;
  return arguments_of(unused);
}

int tour_command(const std::vector<std::string>& words, std::ostream& out) {
  Language language = Language::en;
  const cli::Arguments arguments = arguments_of(language);
  if (!arguments.parse(words)) {
    out << arguments.help();
    return 0;
  }
  play_tour(out, language, [] { return make_driver(); });
  return 0;
}

}  // namespace ringback::demo
