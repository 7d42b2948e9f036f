#include "demo/html_writer.h"

#include "ringback/base/check.h"

namespace ringback::demo {
namespace {

void append_escaped(std::string& html, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      default: html += c;
    }
  }
}

}  // namespace

void HtmlWriter::tag(std::string_view name, Attributes attributes) {
  html_ += '<';
  html_ += name;
  for (const Attribute& attribute : attributes) {
    html_ += ' ';
    html_ += attribute.name;
    html_ += "=\"";
    append_escaped(html_, attribute.value);
    html_ += '"';
  }
  html_ += '>';
}

HtmlWriter& HtmlWriter::open(std::string_view name, Attributes attributes) {
  tag(name, attributes);
  open_.push_back(name);
  return *this;
}

HtmlWriter& HtmlWriter::close() {
  RINGBACK_CHECK(!open_.empty(), "close() without an element that is open");
  html_ += "</";
  html_ += open_.back();
  html_ += '>';
  open_.pop_back();
  return *this;
}

HtmlWriter& HtmlWriter::single(std::string_view name, Attributes attributes) {
  tag(name, attributes);
  return *this;
}

HtmlWriter& HtmlWriter::text(std::string_view text) {
  append_escaped(html_, text);
  return *this;
}

HtmlWriter& HtmlWriter::element(std::string_view name, std::string_view text, Attributes attributes) {
  return open(name, attributes).text(text).close();
}

HtmlWriter& HtmlWriter::raw(std::string_view html) {
  html_ += html;
  return *this;
}

std::string HtmlWriter::finish() && {
  while (!open_.empty()) close();
  return std::move(html_);
}

}  // namespace ringback::demo
