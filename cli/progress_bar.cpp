#include "cli/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/figures.h"
#include "cli/terminal.h"
#include "cli/text_columns.h"

namespace ringback::cli {
namespace {

using namespace std::chrono_literals;

constexpr Duration kBetweenDraws = 100ms;

std::string bar(double share, std::size_t count) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(count));
  std::string cells(full, '=');
  if (full < count) cells += '>';
  cells.resize(count, ' ');
  return "[" + cells + "]";
}

double seconds(Duration length) { return std::chrono::duration<double>(length).count(); }

}  // namespace

// What of a line there is room for.
struct ProgressBar::Parts {
  std::size_t cells;
  bool counts;
  bool rate;
  bool time;
};

ProgressBar::ProgressBar(std::ostream& out, Columns columns, std::string what, std::uint64_t total, TimePoint now)
    : out_(out), columns_(std::move(columns)), what_(std::move(what)), total_(total), begun_(now), next_draw_(now) {}

ProgressBar::~ProgressBar() {
  if (is_line_open_) out_ << "\n" << std::flush;
}

void ProgressBar::update(std::uint64_t done, TimePoint now) {
  if (!columns_) return log_tenths(done, now);
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
  if (columns_) out_ << "\r";
  out_ << line(done, now);
  if (columns_) out_ << "\x1b[K" << std::flush;
  is_line_open_ = true;
}

// The most that fits. A terminal's last column stays free: what is written there may begin a new line.
std::string ProgressBar::line(std::uint64_t done, TimePoint now) const {
  const std::size_t room = columns_ ? std::max<std::size_t>(columns_(), 1) - 1 : kLineColumns;
  std::string text;
  for (const Parts& parts :
       {Parts{20, true, true, true}, Parts{20, true, false, true}, Parts{10, true, false, true},
        Parts{0, true, false, true}, Parts{0, true, false, false}, Parts{0, false, false, false}}) {
    text = line_of(parts, done, now);
    if (columns_of(text) <= room) return text;
  }
  return cut_to(text, room);
}

std::string ProgressBar::line_of(const Parts& parts, std::uint64_t done, TimePoint now) const {
  constexpr std::size_t kNameColumns = 24;
  std::string text = cut_to(what_, kNameColumns);
  const double share = total_ == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  if (parts.cells > 0 && total_ != 0) text += "  " + bar(share, parts.cells);
  if (total_ != 0) text += "  " + std::to_string(static_cast<int>(share * 100)) + " %";
  if (parts.counts) text += "  " + with_commas(done);
  if (parts.counts && total_ != 0) text += " of " + with_commas(total_);
  const double passed_s = seconds(now - begun_);
  if (done == 0 || passed_s <= 0) return text;
  const double rate = static_cast<double>(done) / passed_s;
  if (parts.rate) text += "   " + with_commas(static_cast<std::uint64_t>(rate)) + "/s";
  if (!parts.time) return text;
  if (total_ == 0 || done >= total_) return text + "   in " + in_words(passed_s * 1e9);
  return text + "   " + in_words(passed_s * 1e9 * (1 - share) / share) + " left";
}

ProgressBar::Columns columns_of_stderr() {
  if (!is_terminal(STDERR_FILENO)) return {};
  return [] { return terminal_columns(STDERR_FILENO); };
}

}  // namespace ringback::cli
