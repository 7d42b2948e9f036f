// What the tour says, in each of its languages.
//
// zh holds the lines of the practice program as its author printed them; en the same in English. The
// practice program is what this project calls the textbook: a page that teaches asynchronous programming.
// `{}` in a line stands for what is put in there.
#pragma once

#include <string_view>

namespace ringback::demo {

struct TourWords {
  std::string_view intro;

  std::string_view basics_title;
  std::string_view sync_three;
  std::string_view async_three;
  std::string_view sync_begins;   // {name}
  std::string_view sync_ends;     // {name}
  std::string_view async_begins;  // {name}
  std::string_view async_ends;    // {name}
  std::string_view sync_total;    // {seconds}
  std::string_view async_total;   // {seconds}

  std::string_view search_title;
  std::string_view sync_search;
  std::string_view async_search;
  std::string_view sync_took;   // {seconds}
  std::string_view async_took;  // {seconds}
  std::string_view got;         // {count}

  std::string_view callback_title;
  std::string_view callback_style;
  std::string_view await_style;
  std::string_view callback_done;  // {status}
  std::string_view await_done;     // {status}

  std::string_view error_title;
  std::string_view simulated_error;
  std::string_view success;
  std::string_view caught;          // {error}
  std::string_view task_succeeded;  // {index} {value}
  std::string_view task_failed;     // {index} {error}

  std::string_view timeout_title;
  std::string_view finished;
  std::string_view result;  // {value}
  std::string_view timed_out;

  std::string_view limit_title;
  std::string_view limited_begins;  // {index}
  std::string_view limited_ends;    // {index}
  std::string_view took;            // {seconds}
  std::string_view results;         // {list}

  std::string_view insert_title;
  std::string_view inserted;  // {count} {seconds}
  std::string_view if_sync;   // {seconds}

  std::string_view queue_title;
  std::string_view consumer_a;
  std::string_view consumer_b;
  std::string_view produced;  // {id}
  std::string_view consumed;  // {consumer} {id}
  std::string_view both_ended;

  std::string_view textbook;  // {seconds}: beside a measured time, the one that the textbook gives
};

enum class Language { en, zh };

const TourWords& tour_words(Language language);

}  // namespace ringback::demo
