#include "demo/comparison.h"

#include <gtest/gtest.h>

#include <sstream>

#include "ringback/base/error.h"

namespace ringback::demo {
namespace {

Measured figures(std::int64_t wall_ns) {
  Measured measured;
  measured.wall_ns = wall_ns;
  measured.cpu_ns = 1'000'000;
  measured.thread_count = 1;
  measured.peak_bytes = 3 << 20;
  measured.threads = {"main thread"};
  measured.calls = {{0, wall_ns / 2}, {wall_ns / 2, wall_ns}};
  measured.works = {{0, 0, wall_ns / 4, wall_ns / 2}, {0, 1, wall_ns / 2, wall_ns}};
  measured.answers = {"Package: a\n", "two words and a\nnewline"};
  return measured;
}

Comparison example() {
  Comparison comparison;
  comparison.machine = "2 processors";
  comparison.records = "2 <records> from \"a\\b\"";
  comparison.scenarios.push_back(
      {"a", "lookups & waiting", "about", {{"inline", figures(10'000'000)}, {"Loop", figures(1'000'000)}}, "lesson"});
  comparison.scenarios.push_back(
      {"e", "the picture", "about", {{"inline", figures(10'000'000)}, {"Loop", figures(1'000'000)}}, "lesson"});
  comparison.ladder = {{"instruction", 0.3, 0.25, "adds"}, {"SSD", 150'000, 0, "no file could be made"}};
  return comparison;
}

TEST(Measured, comes_back_from_text_as_it_was) {
  const Measured before = figures(10'000'000);
  const Measured after = Measured::from_text(before.to_text());
  EXPECT_EQ(after.to_text(), before.to_text());
  EXPECT_EQ(after.answers, before.answers);
  EXPECT_EQ(after.threads, before.threads);
}

TEST(Measured, refuses_text_of_a_process_that_died_halfway) {
  const std::string whole = figures(10'000'000).to_text();
  for (std::size_t bytes = 0; bytes + 4 < whole.size(); ++bytes) {
    EXPECT_THROW(Measured::from_text(whole.substr(0, bytes)), Error) << bytes;
  }
  EXPECT_THROW(Measured::from_text("walls 3\nend\n"), Error);
  EXPECT_THROW(Measured::from_text("wall x\nend\n"), Error);
  EXPECT_THROW(Measured::from_text("work 0 0 1 2\nend\n"), Error);
  EXPECT_THROW(Measured::from_text(whole + "more"), Error);
}

TEST(Measured, takes_percentiles_of_what_is_counted) {
  Measured measured = figures(10);
  measured.calls.clear();
  for (std::int64_t length = 1; length <= 200; ++length) measured.calls.push_back({0, length});
  EXPECT_EQ(measured.percentile_ns(0.99), 198);
  EXPECT_EQ(measured.percentile_ns(0.5), 100);
  EXPECT_EQ(measured.percentile_ns(1), 200);
  measured.uncounted = 199;
  EXPECT_EQ(measured.percentile_ns(0.01), 200);
  measured.uncounted = 200;
  EXPECT_EQ(measured.percentile_ns(0.5), 0);
}

TEST(Comparison, notices_one_byte_of_difference) {
  Comparison comparison = example();
  EXPECT_TRUE(comparison.all_identical());
  comparison.scenarios[1].rows[1].measured.answers[1].back() = 'E';
  EXPECT_FALSE(comparison.all_identical());
  std::ostringstream table;
  print_table(comparison, table);
  EXPECT_NE(table.str().find("\n   !! Loop gave OTHER ANSWERS than inline.\n"), std::string::npos) << table.str();
  EXPECT_NE(table.str().find("\nThe rows' answers DIFFER.\n"), std::string::npos);
}

TEST(Comparison, page_loads_nothing_from_anywhere) {
  const std::string page = to_html(example());
  for (const char* outside : {"http:", "https:", "src=", "<link", "@import", "url(", "fetch(", "//cdn"}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
  EXPECT_NE(page.find("prefers-color-scheme: dark"), std::string::npos);
  EXPECT_NE(page.find("role=\"img\" aria-label="), std::string::npos);
}

TEST(Comparison, page_takes_no_text_for_markup) {
  const std::string page = to_html(example());
  EXPECT_EQ(page.find("<records>"), std::string::npos);
  EXPECT_NE(page.find("2 &lt;records&gt; from &quot;a\\b&quot;"), std::string::npos);
  EXPECT_NE(page.find("lookups &amp; waiting"), std::string::npos);
}

TEST(Comparison, trace_holds_every_call_and_every_work) {
  const std::string trace = to_trace(example());
  const auto count = [&](const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = trace.find(part); at != std::string::npos; at = trace.find(part, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("\"ph\":\"X\""), 8U);
  EXPECT_EQ(count("\"ph\":\"b\""), 8U);
  EXPECT_EQ(count("\"ph\":\"e\""), 8U);
  EXPECT_EQ(count("process_name"), 4U);
}

TEST(Comparison, json_escapes_what_it_must) {
  const std::string json = to_json(example());
  EXPECT_NE(json.find("\"records\":\"2 <records> from \\\"a\\\\b\\\"\""), std::string::npos);
  EXPECT_NE(json.find("\"gain\":10"), std::string::npos);
}

TEST(Comparison, table_shows_a_rung_that_could_not_be_measured_as_missing) {
  std::ostringstream table;
  print_table(example(), table);
  EXPECT_NE(table.str().find("\n   SSD                -    150 us "), std::string::npos) << table.str();
}

}  // namespace
}  // namespace ringback::demo
