// The page of compare: one picture for each job, drawn here as SVG, so that it needs no script to be
// seen; the script adds what appears under the pointer.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <sstream>

#include "cli/figures.h"
#include "demo/comparison.h"

namespace ringback::demo {
namespace {

constexpr std::size_t kCallsDrawnMax = 200;

std::string milliseconds(std::int64_t ns) { return cli::in_words(static_cast<double>(ns)); }

// A rectangle in nanoseconds and rows; the picture is stretched over its box.
void rectangle(std::ostream& out, const char* kind, std::int64_t begin_ns, std::int64_t end_ns, double top,
               double height, const std::string& tip) {
  out << "<rect class=" << kind << " x=" << begin_ns / 1000 << " y=" << top
      << " width=" << std::max<std::int64_t>((end_ns - begin_ns) / 1000, 1) << " height=" << height << " data-t=\""
      << in_html(tip) << "\"/>";
}

void open_picture(std::ostream& out, const char* kind, std::int64_t wall_ns, double rows, double pixels,
                  const std::string& label) {
  out << "<svg class=" << kind << " role=img aria-label=\"" << in_html(label) << "\" viewBox=\"0 0 " << wall_ns / 1000
      << " " << rows << "\" preserveAspectRatio=none style=\"height:" << pixels << "px\">";
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
void draw_threads(std::ostream& out, const Row& row) {
  const Measured& measured = row.measured;
  for (const std::size_t thread : threads_in_order(measured)) {
    std::int64_t work_ns = 0;
    for (const WorkSpan& work : measured.works) {
      if (work.thread == thread) work_ns += work.end_ns - work.begin_ns;
    }
    const double share = static_cast<double>(work_ns) / static_cast<double>(measured.wall_ns);
    const std::string label = measured.threads[thread] + ": works on answers " + in_percent(share) + " of the time";
    out << "<p class=lane>" << in_html(label) << "</p>";
    open_picture(out, "thread", measured.wall_ns, 1, 24, label);
    rectangle(out, "wait", 0, measured.wall_ns, 0, 1, measured.threads[thread] + " waits, or sends and receives");
    for (const WorkSpan& work : measured.works) {
      if (work.thread != thread) continue;
      rectangle(out, "work", work.begin_ns, work.end_ns, 0, 1,
                measured.threads[thread] + " works on call " + std::to_string(work.call + 1) + ": " +
                    milliseconds(work.end_ns - work.begin_ns));
    }
    out << "</svg>";
  }
}

// The calls, one thin row each, from asked to answered, with the work on it.
void draw_calls(std::ostream& out, const Row& row) {
  const Measured& measured = row.measured;
  const std::size_t count = std::min(measured.calls.size(), kCallsDrawnMax);
  const double pixels = std::clamp(static_cast<double>(count) * 8, 24.0, 130.0);
  out << "<p class=lane>" << measured.calls.size() << " calls, one row each"
      << (count < measured.calls.size() ? " (the first " + std::to_string(count) + ")" : "") << "</p>";
  open_picture(out, count > 40 ? "calls" : "\"calls few\"", measured.wall_ns, static_cast<double>(count), pixels,
               row.label + ": " + std::to_string(measured.calls.size()) + " calls, 99 % of them within " +
                   milliseconds(measured.percentile_ns(0.99)));
  std::vector<std::int64_t> work_ns(measured.calls.size());
  for (const WorkSpan& work : measured.works) work_ns[work.call] += work.end_ns - work.begin_ns;
  for (std::size_t call = 0; call < count; ++call) {
    const CallSpan& span = measured.calls[call];
    const bool is_slow = call < measured.uncounted;
    rectangle(out, is_slow ? "slow" : "call", span.begin_ns, span.end_ns, static_cast<double>(call), 0.8,
              std::string(is_slow ? "the slow call" : "call " + std::to_string(call + 1)) + ": answered after " +
                  milliseconds(span.end_ns - span.begin_ns) + ", " + milliseconds(work_ns[call]) + " of work");
  }
  for (const WorkSpan& work : measured.works) {
    if (work.call >= count) continue;
    rectangle(out, "work", work.begin_ns, work.end_ns, static_cast<double>(work.call), 0.8,
              "work on call " + std::to_string(work.call + 1) + ": " + milliseconds(work.end_ns - work.begin_ns));
  }
  out << "</svg>";
}

// A round time, so that some four to ten of them make `wall_ns`.
std::int64_t tick_ns(std::int64_t wall_ns) {
  const double power = std::pow(10, std::floor(std::log10(static_cast<double>(wall_ns))));
  for (const double step : {0.1, 0.2, 0.5}) {
    if (static_cast<double>(wall_ns) / (power * step) <= 10) return static_cast<std::int64_t>(power * step);
  }
  return static_cast<std::int64_t>(power);
}

void draw_axis(std::ostream& out, std::int64_t wall_ns) {
  out << "<div class=axis aria-hidden=true>";
  const std::int64_t tick = tick_ns(wall_ns);
  for (std::int64_t at = 0; at <= wall_ns; at += tick) {
    const double percent = static_cast<double>(at) * 100 / static_cast<double>(wall_ns);
    if (percent < 94)
      out << "<span style=\"left:" << percent << "%\">" << (at == 0 ? "0" : milliseconds(at)) << "</span>";
  }
  out << "</div>";
}

void write_figures(std::ostream& out, const Scenario& scenario) {
  out << "<table><caption>" << in_html(scenario.letter + ": " + scenario.title)
      << "</caption><thead><tr><th scope=col></th><th scope=col>wall</th><th scope=col>gain</th><th scope=col>CPU</th>"
         "<th scope=col>busy</th><th scope=col>threads</th><th scope=col>calls/s</th><th scope=col>p99 call</th>"
         "<th scope=col>peak memory</th><th scope=col>same answers</th></tr></thead><tbody>";
  for (const Row& row : scenario.rows) {
    const Measured& measured = row.measured;
    out.precision(3);
    out << "<tr><th scope=row>" << in_html(row.label) << "</th><td>" << milliseconds(measured.wall_ns) << "</td><td>"
        << scenario.gain(row) << " ×</td><td>" << milliseconds(measured.cpu_ns) << "</td><td>"
        << in_percent(measured.busy()) << "</td><td>" << measured.thread_count << "</td><td>"
        << std::llround(measured.calls_per_second()) << "</td><td>" << milliseconds(measured.percentile_ns(0.99))
        << "</td><td>" << in_mebibytes(measured.peak_bytes) << "</td><td>"
        << (scenario.is_identical(row) ? "yes" : "NO") << "</td></tr>";
    out.precision(12);
  }
  out << "</tbody></table>";
}

void write_scenario(std::ostream& out, const Scenario& scenario) {
  std::int64_t longest_ns = 1;
  for (const Row& row : scenario.rows) longest_ns = std::max(longest_ns, row.measured.wall_ns);
  out << "<section id=" << scenario.letter << "><h2><span>" << scenario.letter << "</span> " << in_html(scenario.title)
      << "</h2><p>" << in_html(scenario.about) << "</p><p class=lesson>" << in_html(scenario.lesson) << "</p>";
  for (const Row& row : scenario.rows) {
    const double width =
        std::max(static_cast<double>(row.measured.wall_ns) * 100 / static_cast<double>(longest_ns), 0.3);
    out << "<div class=model><h3>" << in_html(row.label) << " <span>" << milliseconds(row.measured.wall_ns)
        << " · busy " << in_percent(row.measured.busy()) << " · " << row.measured.thread_count
        << (row.measured.thread_count == 1 ? " thread" : " threads")
        << "</span><span class=meter aria-hidden=true><i style=\"width:" << std::min(row.measured.busy(), 1.0) * 100
        << "%\"></i></span></h3><div class=strip style=\"--share:" << width << "%\">";
    if (row.measured.uncounted == 0) draw_threads(out, row);
    draw_calls(out, row);
    out << "</div></div>";
  }
  draw_axis(out, longest_ns);
  write_figures(out, scenario);
  out << "</section>";
}

// Bars on a logarithmic scale from 0.1 ns to 1 s.
void write_ladder(std::ostream& out, const std::vector<Rung>& ladder) {
  const auto width = [](double ns) { return std::clamp((std::log10(std::max(ns, 0.1)) + 1) * 10, 0.5, 100.0); };
  out << "<section id=ladder><h2>The ladder of waiting</h2><p>The scale is "
         "logarithmic: a tenth of the width more is ten times as long. The lower bar is the seed's figure.</p><div "
         "class=rungs>";
  for (const Rung& rung : ladder) {
    out << "<div class=rung><h3>" << in_html(rung.name) << " <span>"
        << (rung.measured_ns > 0 ? cli::in_words(rung.measured_ns) : "not measured") << " here · "
        << cli::in_words(rung.stated_ns) << " in the seed</span></h3><div class=\"bar here\" style=\"width:"
        << (rung.measured_ns > 0 ? width(rung.measured_ns) : 0)
        << "%\"></div><div class=\"bar seed\" style=\"width:" << width(rung.stated_ns) << "%\"></div><p>"
        << in_html(rung.how) << "</p></div>";
  }
  out << "</div></section>";
}

// What the eye should meet first is the picture of the seed.
std::vector<const Scenario*> in_page_order(const Comparison& comparison) {
  std::vector<const Scenario*> order;
  for (const bool is_picture : {true, false}) {
    for (const Scenario& scenario : comparison.scenarios) {
      if ((scenario.letter == "e") == is_picture) order.push_back(&scenario);
    }
  }
  return order;
}

void write_questions(std::ostream& out, const Comparison& comparison) {
  if (comparison.questions.empty()) return;
  out << "<section id=questions><h2>Asked of all of them</h2><dl>";
  for (const Question& question : comparison.questions) {
    out << "<dt>" << in_html(question.text) << "</dt>";
    for (const cli::FoundText& found : question.found) {
      out << "<dd><b>" << in_html(found.name) << "</b> " << in_html(found.description) << "</dd>";
    }
  }
  out << "</dl></section>";
}

// Each job in one figure.
void write_heads(std::ostream& out, const Comparison& comparison) {
  out << "<ul class=heads>";
  for (const Scenario* scenario : in_page_order(comparison)) {
    if (scenario->rows.size() < 2) continue;
    const Row& first = scenario->rows[0];
    const Row& second = scenario->rows[1];
    std::ostringstream number;
    number.precision(2);
    const char* what = "times as fast";
    if (scenario->letter == "e") {
      what = "busy";
      number << in_percent(first.measured.busy()) << " → " << in_percent(second.measured.busy());
    } else if (scenario->letter == "d") {
      what = "median";
      number << milliseconds(first.measured.percentile_ns(0.5)) << " → "
             << milliseconds(second.measured.percentile_ns(0.5));
    } else {
      number << scenario->gain(second) << " ×";
    }
    out << "<li><a href=\"#" << scenario->letter << "\"><b>" << number.str() << "</b> " << in_html(scenario->title)
        << "<br><small>" << what << ", " << in_html(first.label) << " → " << in_html(second.label)
        << "</small></a></li>";
  }
  out << "</ul>";
}

}  // namespace

std::string to_html(const Comparison& comparison) {
  std::ostringstream out;
  out.precision(12);
  out << "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
         "<meta name=color-scheme content=\"light dark\"><title>ringback-demo compare</title><style>"
      << kPageStyle << "</style></head><body><main><h1>The same job, three ways to wait</h1><p class=machine>"
      << in_html(comparison.machine) << " · " << in_html(comparison.records) << "</p>";
  write_heads(out, comparison);
  out << "<div class=legend><span class=\"key work\"></span> a thread works on an answer "
         "<span class=\"key wait\"></span> it waits (or sends and receives) "
         "<span class=\"key call\"></span> a call is under way <span class=scales hidden>"
         "<button type=button data-scale=same aria-pressed=true>same scale</button>"
         "<button type=button data-scale=own aria-pressed=false>each fills the width</button></span></div>";
  for (const Scenario* scenario : in_page_order(comparison)) write_scenario(out, *scenario);
  write_questions(out, comparison);
  write_ladder(out, comparison.ladder);
  out << "</main><div id=tip hidden></div><script>" << kPageScript << "</script></body></html>\n";
  return out.str();
}

}  // namespace ringback::demo
