#include "demo/html_writer.h"

#include <gtest/gtest.h>

namespace ringback::demo {
namespace {

TEST(HtmlWriter, escapes_text_and_attributes_and_closes_what_was_opened) {
  HtmlWriter page;
  page.open("p", {{"class", "a \"b\""}}).text("1 < 2 & 3").single("br").element("b", ">").close().open("ul").open("li");
  EXPECT_EQ(std::move(page).finish(),
            "<p class=\"a &quot;b&quot;\">1 &lt; 2 &amp; 3<br><b>&gt;</b></p><ul><li></li></ul>");
}

}  // namespace
}  // namespace ringback::demo
