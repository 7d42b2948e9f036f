// Asked for once, kept, shown while it is fetched, fetched again: what React Query does for a page, for any program.
#include <chrono>
#include <cstdio>
#include <string>

#include "ringback/async/gather.h"
#include "ringback/async/run.h"
#include "ringback/driver/virtual_driver.h"
#include "ringback/pipeline/cached.h"

using namespace ringback;
using namespace std::chrono_literals;

// Since it was first called.
int seconds() {
  static const TimePoint start = now();
  return static_cast<int>((now() - start) / 1s);
}

// [fetch]
// The service: takes a second for an answer, and has a new one each time.
Task<std::string> fetch_data(std::string key) {
  static int edition = 0;
  co_await sleep(1s);
  co_return key + ", edition " + std::to_string(++edition);
}
// [/fetch]

using Data = Cached<std::string, std::string>;

// [render]
// `const { data, isLoading } = useQuery('data', fetchData)`: what there is at this moment, at once.
void render(const Data& data, const std::string& key) {
  const Data::Seen seen = data.peek(key);
  if (seen.is_loading()) {
    std::printf("%2d s  [ loading ... ]\n", seconds());
  } else if (seen.state == CacheState::error) {
    std::printf("%2d s  [ error: %s ]\n", seconds(), seen.failure.describe().c_str());
  } else if (seen.value != nullptr) {
    std::printf("%2d s  [ %s%s ]\n", seconds(), seen.value->c_str(), seen.is_fetching ? " (updating)" : "");
  }
}
// [/render]

// [widget]
Task<> widget(Data& data, std::string name) {
  auto text = co_await data.get("news");
  std::printf("%2d s  %s has %s\n", seconds(), name.c_str(), text.c_str());
}
// [/widget]

// [page]
Task<> page() {
  Data data(fetch_data, {.fresh_for = 10s, .stale_for = 1min});
  const auto draw = [&](const std::string& key) { render(data, key); };
  const Registration redraw = data.on_change(draw);  // whenever peek() shows something else

  std::printf("three widgets want the same:\n");
  co_await gather(widget(data, "left"), widget(data, "right"), widget(data, "footer"));

  std::printf("a little later it is still fresh:\n");
  co_await sleep(5s);
  co_await widget(data, "left");

  std::printf("when it is stale it is given, and fetched behind that:\n");
  co_await sleep(10s);
  co_await widget(data, "left");
  co_await sleep(2s);

  std::printf("somebody has written something, so what is kept is wrong:\n");
  data.invalidate("news");
  co_await widget(data, "left");

  std::printf("the button \"refresh\":\n");
  co_await data.refetch("news");
  co_await data.close();
}
// [/page]

int main() { run(page(), {.loop = {.driver = std::make_unique<VirtualDriver>()}}); }
