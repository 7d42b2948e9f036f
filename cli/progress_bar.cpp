#include "cli/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/figures.h"

namespace ringback::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBarCells = 20;
constexpr Duration kBetweenDraws = 100ms;

std::string bar(double share) {
  const auto full = static_cast<std::size_t>(share * kBarCells);
  std::string cells(full, '=');
  if (full < kBarCells) cells += '>';
  cells.resize(kBarCells, ' ');
  return "[" + cells + "]";
}

double seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

}  // namespace

ProgressBar::ProgressBar(std::ostream& out, bool is_terminal, std::string what, std::uint64_t total, TimePoint now)
    : out_(out), is_terminal_(is_terminal), what_(std::move(what)), total_(total), begun_(now), next_draw_(now) {}

ProgressBar::~ProgressBar() {
  if (is_line_open_) out_ << "\n" << std::flush;
}

void ProgressBar::update(std::uint64_t done, TimePoint now) {
  if (!is_terminal_) return log_tenths(done, now);
  if (now < next_draw_) return;
  next_draw_ = now + kBetweenDraws;
  draw(done, now);
}

// The last of them is end()'s.
void ProgressBar::log_tenths(std::uint64_t done, TimePoint now) {
  if (total_ == 0 || done >= total_) return;
  const auto tenths = static_cast<std::uint64_t>(static_cast<double>(done) * 10 / static_cast<double>(total_));
  if (tenths <= tenths_logged_) return;
  tenths_logged_ = tenths;
  out_ << line(done, now) << "\n" << std::flush;
}

void ProgressBar::end(std::uint64_t done, TimePoint now) {
  draw(done, now);
  out_ << "\n" << std::flush;
  is_line_open_ = false;
}

// What was longer before is wiped out: to the end of the line (ECMA-48, EL).
void ProgressBar::draw(std::uint64_t done, TimePoint now) {
  if (is_terminal_) out_ << "\r";
  out_ << line(done, now);
  if (is_terminal_) out_ << "\x1b[K" << std::flush;
  is_line_open_ = true;
}

std::string ProgressBar::line(std::uint64_t done, TimePoint now) const {
  std::string text = what_ + "  ";
  const double share = total_ == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  if (total_ != 0) text += bar(share) + "  " + std::to_string(static_cast<int>(share * 100)) + " %  ";
  text += with_commas(done);
  if (total_ != 0) text += " of " + with_commas(total_);
  const double passed_s = seconds(now - begun_);
  if (done == 0 || passed_s <= 0) return text;
  text += "   " + with_commas(static_cast<std::uint64_t>(static_cast<double>(done) / passed_s)) + "/s";
  if (total_ == 0 || done >= total_) return text + "   in " + in_words(passed_s * 1e9);
  return text + "   " + in_words(passed_s * 1e9 * (1 - share) / share) + " left";
}

bool is_terminal_stderr() noexcept { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace ringback::cli
