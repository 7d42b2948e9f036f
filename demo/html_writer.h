// Writes HTML into a string, and escapes what is text.
//
//   HtmlWriter page;
//   page.open("p", {{"class", "lane"}}).text("a < b").close();
//
// Elements are closed in the order in which they were opened, by name. Threads: none of its own; like a
// string.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringback::demo {

class HtmlWriter {
 public:
  struct Attribute {
    std::string_view name;
    std::string value;
  };
  using Attributes = std::initializer_list<Attribute>;

  // `name` outlives the writer: a literal.
  HtmlWriter& open(std::string_view name, Attributes attributes = {});
  // The one that was opened last.
  HtmlWriter& close();
  // An element that has neither content nor an end: "meta", "br".
  HtmlWriter& single(std::string_view name, Attributes attributes = {});
  HtmlWriter& text(std::string_view text);
  // open(), text() and close().
  HtmlWriter& element(std::string_view name, std::string_view text, Attributes attributes = {});
  // HTML already: a style sheet, a script.
  HtmlWriter& raw(std::string_view html);

  // All that is still open is closed.
  std::string finish() &&;

 private:
  void tag(std::string_view name, Attributes attributes);

  std::string html_;
  std::vector<std::string_view> open_;
};

}  // namespace ringback::demo
