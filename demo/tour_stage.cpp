#include "demo/tour_stage.h"

#include <array>
#include <cstdio>

#include "ringback/async/sleep.h"
#include "ringback/sync/semaphore.h"

namespace ringback::demo {

Task<> to_its_end(Task<> section) {
  Semaphore gate(1);
  co_await std::move(section);
  co_await yield();                       // A signal of the last moment is looked at between two turns,
  auto passed = co_await gate.acquire();  // and felt here, though nobody waits at the gate.
}

Stage::Stage(std::ostream& out, Language language, NewDriver new_driver)
    : out_(out), words_(tour_words(language)), new_driver_(std::move(new_driver)) {
  std::unique_ptr<runtime::Driver> driver = new_driver_();
  clock_ = driver.get();
  set_inline_driver(std::move(driver));
}

Stage::~Stage() { set_inline_driver(nullptr); }

void Stage::line(std::string_view pattern, std::initializer_list<std::string> values) {
  out_ << filled(pattern, values) << std::endl;  // At once: the times are there to be watched.
}

void Stage::line_with_textbook(std::string_view pattern, std::initializer_list<std::string> values,
                               std::string_view textbook) {
  out_ << filled(pattern, values) << "  [" << filled(words_.textbook, {std::string(textbook)}) << "]" << std::endl;
}

void Stage::line_with_time(std::string_view pattern, std::initializer_list<std::string> values, Duration measured,
                           std::string_view textbook) {
  line_with_textbook(filled(pattern, values) + "  ({})", {in_seconds(measured)}, textbook);
}

std::string filled(std::string_view pattern, std::initializer_list<std::string> values) {
  std::string text;
  const std::string* value = values.begin();
  while (!pattern.empty()) {
    const std::size_t place = value == values.end() ? std::string_view::npos : pattern.find("{}");
    text += pattern.substr(0, place);
    if (place == std::string_view::npos) break;
    text += *value++;
    pattern.remove_prefix(place + 2);
  }
  return text;
}

std::string in_seconds(Duration length) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.2fs", std::chrono::duration<double>(length).count());
  return text.data();
}

}  // namespace ringback::demo
