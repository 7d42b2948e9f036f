// A scene is loaded inside somebody else's event loop: the window is drawn meanwhile, and hears how far it is.
//
// Our Loop is a guest in theirs: they wait on its descriptor and its next deadline beside their own things, and call
// poll(). So there is one thread, and callbacks may touch the window without a lock.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "ringback/async/sleep.h"
#include "ringback/async/start.h"
#include "ringback/exec/loop.h"
#include "ringback/io/file.h"

using namespace ringback;
using namespace std::chrono_literals;

// Theirs, a toy: it draws a frame whenever it has waited, at least every 16 ms.
class Window {
 public:
  void show(const std::string& text) { text_ = text; }
  void quit() { is_open_ = false; }

  // [window]
  void run(Loop& guest) {
    while (is_open_) {
      draw();
      pollfd theirs_and_ours[] = {{guest.wake_fd(), POLLIN, 0}};  // and what else a window waits for
      ::poll(theirs_and_ours, 1, milliseconds_until(guest.next_deadline(), guest.now()));
      while (is_open_ && guest.poll()) draw();
    }
  }
  // [/window]
  int frames() const { return frames_; }

 private:
  static int milliseconds_until(Deadline deadline, TimePoint now) {
    if (deadline.is_never() || deadline.moment() - now > 16ms) return 16;
    return deadline.passed(now) ? 0 : static_cast<int>((deadline.moment() - now + 999us) / 1ms);
  }
  void draw() {
    ++frames_;
    if (text_ != drawn_) std::printf("window: %s\n", text_.c_str());
    drawn_ = text_;
  }

  std::string text_ = "an empty scene";
  std::string drawn_;
  bool is_open_ = true;
  int frames_ = 0;
};

// [load]
// Piece by piece: every part is shown as soon as it is there.
Task<std::uint64_t> load_scene(std::string path, unique_function<void(int)> show_percent) {
  File file = co_await File::open(std::move(path));
  std::array<std::byte, 25> piece;
  std::uint64_t loaded = 0;
  for (;;) {
    const std::size_t got = co_await file.read(piece);
    if (got == 0) co_return loaded;
    loaded += got;
    show_percent(static_cast<int>(100 * loaded / file.size()));
    co_await yield();  // The window has its turn, also where the next piece is at hand already.
  }
}
// [/load]

int main() {
  const std::string path = std::filesystem::temp_directory_path() / ("ringback." + std::to_string(getpid()));
  Loop loop;
  Window window;

  // [start]
  const std::string scene(100, '.');  // the kernel reads it until it has been written
  const auto show_percent = [&window](int percent) { window.show("loading, " + std::to_string(percent) + " %"); };
  const auto when_missing = [&](Outcome<std::uint64_t> bytes) {
    window.show("no such scene: " + std::string(to_string(bytes.failure().error()->kind())));
    start(sleep(1ms), on(loop), [&window](const Outcome<void>&) { window.quit(); });
  };
  const auto when_loaded = [&](Outcome<std::uint64_t> bytes) {
    window.show("the scene is there: " + std::to_string(*bytes) + " bytes");
    start(load_scene(path + ".missing", show_percent), on(loop), when_missing);
  };
  start(write_file(path, scene), on(loop), [&](const Outcome<void>& saved) {
    window.show(saved.ok() ? "saved" : saved.failure().describe());
    start(load_scene(path, show_percent), on(loop), when_loaded);
  });
  // [/start]
  window.run(loop);
  std::filesystem::remove(path);
  loop.shut_down();
  std::printf("%s frames were drawn on the one thread\n", window.frames() >= 8 ? "many" : "too few");
}
