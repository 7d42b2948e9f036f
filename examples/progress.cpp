// Each result as it comes, and how far along it all is.
#include <cstdio>
#include <string>

#include "ringback/async/map.h"
#include "ringback/async/run.h"
#include "ringback/async/sleep.h"
#include "ringback/driver/virtual_driver.h"

using namespace ringback;
using namespace std::chrono_literals;

struct File {
  std::string name;
  Duration time;
  bool is_broken = false;
};

// [download]
Task<std::string> download(File file) {
  co_await sleep(file.time);
  if (file.is_broken) throw Error(ErrorKind::reset, "download", "the connection broke", 0, file.name);
  co_return file.name;
}
// [/download]

// [progress]
Task<> download_all(std::vector<File> files) {
  std::size_t done = 0;
  const std::size_t all = files.size();
  co_await as_completed(each(std::move(files), download), [&done, all](Outcome<std::string> file) {
    ++done;
    std::printf("%3zu %%  %s\n", 100 * done / all, file ? file->c_str() : file.failure().describe().c_str());
  });
  std::printf("all have ended\n");
}
// [/progress]

int main() {
  std::vector<File> files{{"scene", 3s}, {"textures", 2s}, {"sounds", 1s, true}, {"texts", 500ms}};
  run(download_all(std::move(files)), {.loop = {.driver = std::make_unique<VirtualDriver>()}});
}
