// The page of compare: one picture for each job, drawn here as SVG, so that it needs no script to be
// seen; the script adds what appears under the pointer.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "cli/figures.h"
#include "demo/comparison.h"
#include "demo/html_writer.h"

namespace ringback::demo {
namespace {

constexpr std::size_t kCallsDrawnMax = 200;

std::string time_of(std::int64_t ns) { return cli::in_words(static_cast<double>(ns)); }

// As CSS and SVG take it.
std::string number(double value, int digits = 12) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.*g", digits, value);
  return text.data();
}

std::string threads_of(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " thread" : " threads"); }

// A rectangle in nanoseconds and rows; the picture is stretched over its box.
struct Bar {
  const char* kind;
  std::int64_t begin_ns;
  std::int64_t end_ns;
  double top = 0;
  double height = 1;
};

void draw(HtmlWriter& page, const Bar& bar, const std::string& tip) {
  const std::int64_t width = std::max<std::int64_t>((bar.end_ns - bar.begin_ns) / 1000, 1);
  page.open("rect", {{"class", bar.kind},
                     {"x", std::to_string(bar.begin_ns / 1000)},
                     {"y", number(bar.top)},
                     {"width", std::to_string(width)},
                     {"height", number(bar.height)},
                     {"data-t", tip}});
  page.close();
}

struct Picture {
  const char* kind;
  std::int64_t wall_ns;
  double rows;
  double pixels;
};

void open_picture(HtmlWriter& page, const Picture& picture, const std::string& label) {
  page.open("svg", {{"class", picture.kind},
                    {"role", "img"},
                    {"aria-label", label},
                    {"viewBox", "0 0 " + std::to_string(picture.wall_ns / 1000) + " " + number(picture.rows)},
                    {"preserveAspectRatio", "none"},
                    {"style", "height:" + number(picture.pixels) + "px"}});
}

// By name, whichever worked first.
std::vector<std::size_t> threads_in_order(const Measured& measured) {
  std::vector<std::size_t> order(measured.threads.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return measured.threads[a] < measured.threads[b]; });
  return order;
}

// The threads, one lane each: filled where it works, open where it waits.
void draw_threads(HtmlWriter& page, const Measured& measured) {
  for (const std::size_t thread : threads_in_order(measured)) {
    const std::string& name = measured.threads[thread];
    std::int64_t work_ns = 0;
    for (const WorkSpan& work : measured.works) {
      if (work.thread == thread) work_ns += work.end_ns - work.begin_ns;
    }
    const double share = static_cast<double>(work_ns) / static_cast<double>(measured.wall_ns);
    const std::string label = name + ": works on answers " + in_percent(share) + " of the time";
    page.element("p", label, {{"class", "lane"}});
    open_picture(page, {"thread", measured.wall_ns, 1, 24}, label);
    draw(page, {"wait", 0, measured.wall_ns}, name + " waits, or sends and receives");
    for (const WorkSpan& work : measured.works) {
      if (work.thread != thread) continue;
      draw(page, {"work", work.begin_ns, work.end_ns},
           name + " works on call " + std::to_string(work.call + 1) + ": " + time_of(work.end_ns - work.begin_ns));
    }
    page.close();
  }
}

// The calls, one thin row each, from asked to answered, with the work on it.
void draw_calls(HtmlWriter& page, const Row& row) {
  const Measured& measured = row.measured;
  const std::string all = std::to_string(measured.calls.size()) + " calls";
  const std::size_t count = std::min(measured.calls.size(), kCallsDrawnMax);
  const double pixels = std::clamp(static_cast<double>(count) * 8, 24.0, 130.0);
  page.element("p",
               all + ", one row each" +
                   (count < measured.calls.size() ? " (the first " + std::to_string(count) + ")" : std::string()),
               {{"class", "lane"}});
  open_picture(page, {count > 40 ? "calls" : "calls few", measured.wall_ns, static_cast<double>(count), pixels},
               row.label + ": " + all + ", 99 % of them within " + time_of(measured.percentile_ns(0.99)));
  std::vector<std::int64_t> work_ns(measured.calls.size());
  for (const WorkSpan& work : measured.works) work_ns[work.call] += work.end_ns - work.begin_ns;
  for (std::size_t call = 0; call < count; ++call) {
    const CallSpan& span = measured.calls[call];
    const bool is_slow = call < measured.uncounted;
    draw(page, {is_slow ? "slow" : "call", span.begin_ns, span.end_ns, static_cast<double>(call), 0.8},
         (is_slow ? "the slow call" : "call " + std::to_string(call + 1)) + ": answered after " +
             time_of(span.end_ns - span.begin_ns) + ", " + time_of(work_ns[call]) + " of work");
  }
  for (const WorkSpan& work : measured.works) {
    if (work.call >= count) continue;
    draw(page, {"work", work.begin_ns, work.end_ns, static_cast<double>(work.call), 0.8},
         "work on call " + std::to_string(work.call + 1) + ": " + time_of(work.end_ns - work.begin_ns));
  }
  page.close();
}

// A round time, so that some four to ten of them make `wall_ns`.
std::int64_t tick_ns(std::int64_t wall_ns) {
  const double power = std::pow(10, std::floor(std::log10(static_cast<double>(wall_ns))));
  for (const double step : {0.1, 0.2, 0.5}) {
    if (static_cast<double>(wall_ns) / (power * step) <= 10) return static_cast<std::int64_t>(power * step);
  }
  return static_cast<std::int64_t>(power);
}

void draw_axis(HtmlWriter& page, std::int64_t wall_ns) {
  page.open("div", {{"class", "axis"}, {"aria-hidden", "true"}});
  const std::int64_t tick = std::max<std::int64_t>(tick_ns(wall_ns), 1);
  for (std::int64_t at = 0; at <= wall_ns; at += tick) {
    const double percent = static_cast<double>(at) * 100 / static_cast<double>(wall_ns);
    if (percent < 94) page.element("span", at == 0 ? "0" : time_of(at), {{"style", "left:" + number(percent) + "%"}});
  }
  page.close();
}

void write_figures(HtmlWriter& page, const Scenario& scenario) {
  page.open("table").element("caption", scenario.letter + ": " + scenario.title).open("thead").open("tr");
  for (const char* column :
       {"", "wall", "gain", "CPU", "busy", "threads", "calls/s", "p99 call", "peak memory", "same answers"}) {
    page.element("th", column, {{"scope", "col"}});
  }
  page.close().close().open("tbody");
  for (const Row& row : scenario.rows) {
    const Measured& measured = row.measured;
    page.open("tr").element("th", row.label, {{"scope", "row"}});
    for (const std::string& cell :
         {time_of(measured.wall_ns), number(scenario.gain(row), 3) + " ×", time_of(measured.cpu_ns),
          in_percent(measured.busy()), std::to_string(measured.thread_count),
          std::to_string(std::llround(measured.calls_per_second())), time_of(measured.percentile_ns(0.99)),
          in_mebibytes(measured.peak_bytes), std::string(scenario.is_identical(row) ? "yes" : "NO")}) {
      page.element("td", cell);
    }
    page.close();
  }
  page.close().close();
}

void write_model(HtmlWriter& page, const Row& row, std::int64_t longest_ns) {
  const Measured& measured = row.measured;
  const double width = std::max(static_cast<double>(measured.wall_ns) * 100 / static_cast<double>(longest_ns), 0.3);
  page.open("div", {{"class", "model"}}).open("h3").text(row.label + " ");
  page.element("span", time_of(measured.wall_ns) + " · busy " + in_percent(measured.busy()) + " · " +
                           threads_of(measured.thread_count));
  page.open("span", {{"class", "meter"}, {"aria-hidden", "true"}});
  page.element("i", "", {{"style", "width:" + number(std::min(measured.busy(), 1.0) * 100) + "%"}});
  page.close().close();
  page.open("div", {{"class", "strip"}, {"style", "--share:" + number(width) + "%"}});
  if (measured.uncounted == 0) draw_threads(page, measured);
  draw_calls(page, row);
  page.close().close();
}

void write_scenario(HtmlWriter& page, const Scenario& scenario) {
  std::int64_t longest_ns = 1;
  for (const Row& row : scenario.rows) longest_ns = std::max(longest_ns, row.measured.wall_ns);
  page.open("section", {{"id", scenario.letter}});
  page.open("h2").element("span", scenario.letter).text(" " + scenario.title).close();
  page.element("p", scenario.about).element("p", scenario.lesson, {{"class", "lesson"}});
  for (const Row& row : scenario.rows) write_model(page, row, longest_ns);
  draw_axis(page, longest_ns);
  write_figures(page, scenario);
  page.close();
}

// Bars on a logarithmic scale from 0.1 ns to 1 s.
void write_ladder(HtmlWriter& page, const std::vector<Rung>& ladder) {
  const auto bar = [&](const char* kind, double ns) {
    const double width = ns > 0 ? std::clamp((std::log10(std::max(ns, 0.1)) + 1) * 10, 0.5, 100.0) : 0;
    page.element("div", "", {{"class", kind}, {"style", "width:" + number(width) + "%"}});
  };
  page.open("section", {{"id", "ladder"}}).element("h2", "The ladder of waiting");
  page.element(
      "p",
      "The scale is logarithmic: a tenth of the width more is ten times as long. The lower bar is the textbook's "
      "figure: the round one that introductions to asynchronous programming give.");
  page.open("div", {{"class", "rungs"}});
  for (const Rung& rung : ladder) {
    page.open("div", {{"class", "rung"}}).open("h3").text(rung.name + " ");
    page.element("span", (rung.measured_ns > 0 ? cli::in_words(rung.measured_ns) : "not measured") + " here · " +
                             cli::in_words(rung.textbook_ns) + " in the textbook");
    page.close();
    bar("bar here", rung.measured_ns);
    bar("bar textbook", rung.textbook_ns);
    page.element("p", rung.how).close();
  }
  page.close().close();
}

// What the eye should meet first is the textbook's picture.
std::vector<const Scenario*> in_page_order(const Comparison& comparison) {
  std::vector<const Scenario*> order;
  for (const bool is_picture : {true, false}) {
    for (const Scenario& scenario : comparison.scenarios) {
      if ((scenario.letter == "e") == is_picture) order.push_back(&scenario);
    }
  }
  return order;
}

void write_questions(HtmlWriter& page, const Comparison& comparison) {
  if (comparison.questions.empty()) return;
  page.open("section", {{"id", "questions"}}).element("h2", "Asked of all of them").open("dl");
  for (const Question& question : comparison.questions) {
    page.element("dt", question.text);
    for (const cli::FoundText& found : question.found) {
      page.open("dd").element("b", found.name).text(" " + found.description).close();
    }
  }
  page.close().close();
}

// What one figure says of a job, and what that figure is.
struct Head {
  std::string figure;
  const char* what;
};

Head head_of(const Scenario& scenario) {
  const Measured& first = scenario.rows[0].measured;
  const Measured& second = scenario.rows[1].measured;
  if (scenario.letter == "e") return {in_percent(first.busy()) + " → " + in_percent(second.busy()), "busy"};
  if (scenario.letter == "d") {
    return {time_of(first.percentile_ns(0.5)) + " → " + time_of(second.percentile_ns(0.5)), "median"};
  }
  return {number(scenario.gain(scenario.rows[1]), 2) + " ×", "times as fast"};
}

// Each job in one figure.
void write_heads(HtmlWriter& page, const Comparison& comparison) {
  page.open("ul", {{"class", "heads"}});
  for (const Scenario* scenario : in_page_order(comparison)) {
    if (scenario->rows.size() < 2) continue;
    const Head head = head_of(*scenario);
    page.open("li").open("a", {{"href", "#" + scenario->letter}});
    page.element("b", head.figure).text(" " + scenario->title).single("br");
    page.element("small", std::string(head.what) + ", " + scenario->rows[0].label + " → " + scenario->rows[1].label);
    page.close().close();
  }
  page.close();
}

void write_legend(HtmlWriter& page) {
  page.open("div", {{"class", "legend"}});
  for (const auto& [kind, meaning] : {std::pair{"key work", " a thread works on an answer "},
                                      {"key wait", " it waits (or sends and receives) "},
                                      {"key call", " a call is under way "}}) {
    page.element("span", "", {{"class", kind}}).text(meaning);
  }
  page.open("span", {{"class", "scales"}, {"hidden", ""}});
  page.element("button", "same scale", {{"type", "button"}, {"data-scale", "same"}, {"aria-pressed", "true"}});
  page.element("button", "each fills the width",
               {{"type", "button"}, {"data-scale", "own"}, {"aria-pressed", "false"}});
  page.close().close();
}

}  // namespace

std::string to_html(const Comparison& comparison) {
  HtmlWriter page;
  page.raw("<!doctype html>").open("html", {{"lang", "en"}}).open("head").single("meta", {{"charset", "utf-8"}});
  page.single("meta", {{"name", "viewport"}, {"content", "width=device-width"}});
  page.single("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  page.element("title", "ringback-demo compare").open("style").raw(kPageStyle).close().close();
  page.open("body").open("main").element("h1", "The same job, three ways to wait");
  page.element("p", comparison.machine + " · " + comparison.records, {{"class", "machine"}});
  write_heads(page, comparison);
  write_legend(page);
  for (const Scenario* scenario : in_page_order(comparison)) write_scenario(page, *scenario);
  write_questions(page, comparison);
  write_ladder(page, comparison.ladder);
  page.close().element("div", "", {{"id", "tip"}, {"hidden", ""}});
  page.open("script").raw(kPageScript);
  return std::move(page).finish() + "\n";
}

}  // namespace ringback::demo
