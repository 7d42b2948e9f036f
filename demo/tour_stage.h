// Where the sections of the tour are played: what they print to, and whose clock they read.
//
// Threads: one.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "demo/tour_words.h"
#include "ringback/async/run.h"
#include "ringback/driver/driver.h"

namespace ringback::demo {

// Runs a section. One that took a cancellation for an end like any other must not hide it: Ctrl-C ends
// the tour, not the section.
Task<> to_its_end(Task<> section);

class Stage {
 public:
  using NewDriver = std::function<std::unique_ptr<runtime::Driver>()>;

  // One driver of `new_driver` serves wait() on this thread while the stage lives; each on_loop()
  // takes one more.
  Stage(std::ostream& out, Language language, NewDriver new_driver);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const TourWords& words() const noexcept { return words_; }

  // The clock of whatever runs: the loop's inside on_loop(), that of wait() elsewhere.
  TimePoint now() const noexcept { return clock_->now(); }

  // Prints one line, `values` in the places of the {}.
  void line(std::string_view pattern = {}, std::initializer_list<std::string> values = {});

  // The same, with the textbook's figure beside the measured one that the line holds.
  void line_with_textbook(std::string_view pattern, std::initializer_list<std::string> values,
                          std::string_view textbook);

  // For lines that hold no time of their own: appends the measured one, and the textbook's.
  void line_with_time(std::string_view pattern, std::initializer_list<std::string> values, Duration measured,
                      std::string_view textbook);

  // Runs make_task(*this) on a Loop of its own, to its end.
  template <typename MakeTask>
  void on_loop(MakeTask make_task) {
    RunOptions options;
    options.loop.driver = new_driver_();
    runtime::Driver* const inline_clock = std::exchange(clock_, options.loop.driver.get());
    run(to_its_end(make_task(*this)), std::move(options));
    clock_ = inline_clock;
  }

 private:
  std::ostream& out_;
  const TourWords& words_;
  const NewDriver new_driver_;
  runtime::Driver* clock_;
};

// `pattern` with `values` in the places of its {}.
std::string filled(std::string_view pattern, std::initializer_list<std::string> values);

// "0.90s"
std::string in_seconds(Duration length);

}  // namespace ringback::demo
