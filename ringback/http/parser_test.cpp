#include "ringback/http/parser.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace ringback::http {

using namespace runtime;

namespace {

// Everything that came out of a stream of messages, as text that can be compared.
template <typename P, typename Message, typename Describe>
std::string events_of(P& parser, Message& message, std::string_view bytes, std::size_t piece, Describe describe) {
  std::string log;
  std::string body;
  while (true) {
    const std::string_view given = bytes.substr(0, piece);
    const Parsed step = parser.feed(given, message);
    EXPECT_LE(step.used, given.size());
    bytes.remove_prefix(step.used);
    switch (step.event) {
      case Event::head:
        log += describe(message);
        for (const Headers::Field field : message.headers) {
          log += "[" + std::string(field.name) + "=" + std::string(field.value) + "]";
        }
        break;
      case Event::body:
        EXPECT_FALSE(step.body.empty());
        body += step.body;
        break;
      case Event::end:
        log += "(" + body + ")";
        for (const Headers::Field field : parser.trailers()) {
          log += "{" + std::string(field.name) + "=" + std::string(field.value) + "}";
        }
        log += parser.keeps_alive() ? "+" : ".";
        body.clear();
        break;
      case Event::need_more:
        EXPECT_EQ(step.used, given.size());
        if (bytes.empty()) return log;
        break;
      case Event::refused: return log + body + "!" + std::to_string(parser.refusal().status.code());
    }
  }
}

constexpr std::size_t kAll = ~std::size_t{0};

std::string requests(std::string_view bytes, std::size_t piece = kAll, const ParserOptions& options = {}) {
  RequestParser parser(options);
  Request request;
  return events_of(parser, request, bytes, piece,
                   [](const Request& r) { return std::string(r.method_name()) + " " + r.target; });
}

std::string responses(std::string_view bytes, std::size_t piece = kAll, Method method = Method::get) {
  ResponseParser parser;
  parser.expect(method);
  Response response;
  std::string log = events_of(parser, response, bytes, piece,
                              [](const Response& r) { return std::to_string(r.status.code()) + " " + r.reason; });
  const Parsed last = parser.finish();
  if (last.event == Event::end) log += "(end)";
  if (last.event == Event::refused) log += "(cut)";
  return log;
}

struct Shape {
  const char* name;
  std::string bytes;
  const char* events;

  friend void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }
};

std::string named(const ::testing::TestParamInfo<Shape>& info) { return info.param.name; }

class RequestShape : public ::testing::TestWithParam<Shape> {};

TEST_P(RequestShape, gives_the_same_events_however_it_is_cut) {
  const Shape& shape = GetParam();
  EXPECT_EQ(requests(shape.bytes), shape.events);
  for (std::size_t piece = 1; piece < 20; ++piece) EXPECT_EQ(requests(shape.bytes, piece), shape.events) << piece;
}

std::string with(const std::string& fields, const std::string& body = "") {
  return "POST /p HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
}
std::string chunked(const std::string& body) { return with("Transfer-Encoding: chunked\r\n", body); }
std::string line(const std::string& line) { return line + "\r\nHost: h\r\n\r\n"; }

#define POST "POST /p[Host=h]"
#define CHUNKED "POST /p[Host=h][Transfer-Encoding=chunked]"

INSTANTIATE_TEST_SUITE_P(
    Sound, RequestShape,
    ::testing::Values(
        Shape{"a_get", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET /[Host=h]()+"},
        Shape{"two_in_one", "GET /a HTTP/1.1\r\nHost: h\r\n\r\nHEAD /b HTTP/1.1\r\nhost:h\r\nConnection: close\r\n\r\n",
              "GET /a[Host=h]()+HEAD /b[host=h][Connection=close]()."},
        Shape{"a_value_with_blanks_around_it", with("X: \t a b \t\r\n"), POST "[X=a b]()+"},
        Shape{"an_empty_value", with("X:\r\nY: \r\n"), POST "[X=][Y=]()+"},
        Shape{"a_value_that_is_not_ascii", with("X: \xc3\xa4\r\n"), POST "[X=\xc3\xa4]()+"},
        Shape{"a_tab_in_a_value", with("X: a long value\twith a tab\r\n"), POST "[X=a long value\twith a tab]()+"},
        Shape{"a_body_of_known_length", with("Content-Length: 5\r\n", "helloGET"), POST "[Content-Length=5](hello)+"},
        Shape{"an_empty_body", with("Content-Length: 0\r\n"), POST "[Content-Length=0]()+"},
        Shape{"chunks", chunked("5\r\nhello\r\n1;a=\"b\"\r\n!\r\n0\r\n\r\n"), CHUNKED "(hello!)+"},
        Shape{"chunks_with_capitals", with("transfer-ENCODING: Chunked\r\n", "A\r\n0123456789\r\n000\r\n\r\n"),
              "POST /p[Host=h][transfer-ENCODING=Chunked](0123456789)+"},
        Shape{"trailers", chunked("1\r\nx\r\n0\r\nDigest: abc\r\nX: y\r\n\r\n"), CHUNKED "(x){Digest=abc}{X=y}+"},
        Shape{"http_1_0", "GET / HTTP/1.0\r\n\r\n", "GET /()."},
        Shape{"http_1_0_kept_alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
              "GET /[Connection=Keep-Alive]()+"},
        Shape{"close_among_others", with("Connection: foo , Close\r\n"), POST "[Connection=foo , Close]()."},
        Shape{"close_in_a_second_field", with("Connection: foo\r\nConnection: close\r\n"),
              POST "[Connection=foo][Connection=close]()."},
        Shape{"an_empty_line_before_it", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET /[Host=h]()+"},
        Shape{"an_absolute_target", line("GET http://h/x?y HTTP/1.1"), "GET http://h/x?y[Host=h]()+"},
        Shape{"options_of_everything", line("OPTIONS * HTTP/1.1"), "OPTIONS *[Host=h]()+"},
        Shape{"connect", line("CONNECT h:443 HTTP/1.1"), "CONNECT h:443[Host=h]()+"},
        Shape{"another_method", line("PURGE /x HTTP/1.1"), "PURGE /x[Host=h]()+"},
        Shape{"no_host_name", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET /[Host=]()+"},
        Shape{"an_ipv6_host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /[Host=[::1]:80]()+"},
        Shape{"nothing", "", ""}, Shape{"half_a_request", "GET / HTTP/1.1\r\nHos", ""}),
    named);

// What two parsers might read in two ways, and so smuggle a request past one of them.
INSTANTIATE_TEST_SUITE_P(
    Smuggling, RequestShape,
    ::testing::Values(
        Shape{"content_length_and_transfer_encoding", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
              "!400"},
        Shape{"transfer_encoding_and_content_length", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
              "!400"},
        Shape{"differing_content_lengths", with("Content-Length: 5\r\nContent-Length: 6\r\n"), "!400"},
        Shape{"equal_content_lengths", with("Content-Length: 5\r\nContent-Length: 5\r\n"), "!400"},
        Shape{"a_list_of_content_lengths", with("Content-Length: 5, 5\r\n"), "!400"},
        Shape{"a_signed_content_length", with("Content-Length: +5\r\n"), "!400"},
        Shape{"a_negative_content_length", with("Content-Length: -5\r\n"), "!400"},
        Shape{"a_hexadecimal_content_length", with("Content-Length: 0x5\r\n"), "!400"},
        Shape{"a_content_length_with_a_fraction", with("Content-Length: 5.0\r\n"), "!400"},
        Shape{"a_content_length_with_a_blank", with("Content-Length: 5 5\r\n"), "!400"},
        Shape{"an_empty_content_length", with("Content-Length:\r\n"), "!400"},
        Shape{"a_content_length_past_64_bits", with("Content-Length: 18446744073709551621\r\n"), "!400"},
        Shape{"white_space_before_a_colon", with("Content-Length : 5\r\n"), "!400"},
        Shape{"a_tab_before_a_colon", with("Transfer-Encoding\t: chunked\r\n"), "!400"},
        Shape{"a_folded_line", with("X: a\r\n b\r\n"), "!400"},
        Shape{"a_folded_line_with_a_tab", with("Transfer-Encoding:\r\n\tchunked\r\n"), "!400"},
        Shape{"a_folded_first_line", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", "!400"},
        Shape{"a_bare_line_feed", "GET / HTTP/1.1\nHost: h\r\n\r\n", "!400"},
        Shape{"a_bare_line_feed_in_the_fields", with("X: y\nTransfer-Encoding: chunked\r\n"), "!400"},
        Shape{"a_bare_line_feed_at_the_end", "GET / HTTP/1.1\r\nHost: h\r\n\n", "!400"},
        Shape{"a_bare_carriage_return", with("X: y\rTransfer-Encoding: chunked\r\n"), "!400"},
        Shape{"a_carriage_return_in_the_target", line("GET /\rx HTTP/1.1"), "!400"},
        Shape{"two_carriage_returns", with("X: y\r\r\n"), "!400"},
        Shape{"a_nul_in_a_value", with(std::string("X: a\0b\r\n", 8)), "!400"},
        Shape{"a_nul_in_a_name", with(std::string("X\0: a\r\n", 7)), "!400"},
        Shape{"a_control_byte_in_a_value", with("X: a\x01\r\n"), "!400"},
        Shape{"a_delete_in_a_value", with("X: quite a long value\x7f\r\n"), "!400"},
        Shape{"a_name_that_is_not_ascii", with("\xc3\xa4: a\r\n"), "!400"}, Shape{"no_name", with(": a\r\n"), "!400"},
        Shape{"no_colon", with("Host\r\n"), "!400"},
        Shape{"gzip_then_chunked", with("Transfer-Encoding: gzip, chunked\r\n"), "!501"},
        Shape{"chunked_then_gzip", with("Transfer-Encoding: chunked, gzip\r\n"), "!400"},
        Shape{"chunked_twice", with("Transfer-Encoding: chunked, chunked\r\n"), "!400"},
        Shape{"two_transfer_encodings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), "!400"},
        Shape{"identity", with("Transfer-Encoding: identity\r\n"), "!501"},
        Shape{"something_like_chunked", with("Transfer-Encoding: xchunked\r\n"), "!501"},
        Shape{"quoted_chunked", with("Transfer-Encoding: \"chunked\"\r\n"), "!501"},
        Shape{"chunked_with_a_vertical_tab",
              with("Transfer-Encoding: \x0b"
                   "chunked\r\n"),
              "!400"},
        Shape{"chunked_with_a_comma", with("Transfer-Encoding: chunked,\r\n"), "!400"},
        Shape{"an_empty_transfer_encoding", with("Transfer-Encoding:\r\n"), "!400"},
        Shape{"transfer_encoding_in_http_1_0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "!400"},
        Shape{"no_host", "GET / HTTP/1.1\r\n\r\n", "!400"},
        Shape{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "!400"},
        Shape{"two_hosts_in_one", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "!400"},
        Shape{"a_host_with_a_user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "!400"},
        Shape{"a_host_with_a_path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "!400"},
        Shape{"a_blank_in_the_target", line("GET /a b HTTP/1.1"), "!400"},
        Shape{"a_tab_in_the_target", line("GET /a\tb HTTP/1.1"), "!400"},
        Shape{"a_target_that_is_not_ascii", line("GET /\xc3\xa4 HTTP/1.1"), "!400"},
        Shape{"a_fragment_in_the_target", line("GET /a#b HTTP/1.1"), "!400"},
        Shape{"no_target", line("GET  HTTP/1.1"), "!400"}, Shape{"two_blanks", line("GET  / HTTP/1.1"), "!400"},
        Shape{"a_target_without_a_slash", line("GET a HTTP/1.1"), "!400"},
        Shape{"an_asterisk_for_get", line("GET * HTTP/1.1"), "!400"},
        Shape{"a_blank_behind_the_version", line("GET / HTTP/1.1 "), "!400"}, Shape{"http_0_9", line("GET /"), "!400"},
        Shape{"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "!505"},
        Shape{"http_1_2", line("GET / HTTP/1.2"), "!505"},
        Shape{"http_in_small_letters", line("GET / http/1.1"), "!400"},
        Shape{"a_version_of_more_digits", line("GET / HTTP/1.10"), "!400"},
        Shape{"a_method_with_a_byte_of_no_token", line("G(T / HTTP/1.1"), "!400"},
        Shape{"a_blank_first", line(" GET / HTTP/1.1"), "!400"},
        Shape{"two_empty_lines_before_it", line("\r\n\r\nGET / HTTP/1.1"), "!400"},
        Shape{"a_bare_line_feed_before_it", line("\nGET / HTTP/1.1"), "!400"},
        Shape{"a_carriage_return_before_it", line("\rGET / HTTP/1.1"), "!400"},
        Shape{"tls", "\x16\x03\x01\x02", "!400"}, Shape{"another_expectation", with("Expect: tea\r\n"), "!417"}),
    named);

INSTANTIATE_TEST_SUITE_P(
    Chunks, RequestShape,
    ::testing::Values(Shape{"a_size_that_is_no_number", chunked("x\r\n"), CHUNKED "!400"},
                      Shape{"no_size", chunked("\r\n"), CHUNKED "!400"},
                      Shape{"a_signed_size", chunked("+5\r\nhello\r\n"), CHUNKED "!400"},
                      Shape{"a_negative_size", chunked("-1\r\n"), CHUNKED "!400"},
                      Shape{"a_size_with_0x", chunked("0x5\r\nhello\r\n"), CHUNKED "!400"},
                      Shape{"a_size_with_a_blank_before_it", chunked(" 5\r\nhello\r\n"), CHUNKED "!400"},
                      Shape{"a_size_with_a_blank_behind_it", chunked("5 \r\nhello\r\n"), CHUNKED "!400"},
                      Shape{"a_size_past_64_bits", chunked("10000000000000005\r\nhello\r\n"), CHUNKED "!413"},
                      Shape{"a_size_of_many_digits", chunked("0000000000000005\r\nhello\r\n"), CHUNKED "!400"},
                      Shape{"a_bare_line_feed_behind_a_size", chunked("5\nhello\r\n"), CHUNKED "!400"},
                      Shape{"a_bare_carriage_return_behind_a_size", chunked("5\rhello\r\n"), CHUNKED "!400"},
                      Shape{"a_line_feed_in_an_extension", chunked("5;a\nhello\r\n"), CHUNKED "!400"},
                      Shape{"a_nul_in_an_extension", chunked(std::string("5;\0\r\n", 5)), CHUNKED "!400"},
                      Shape{"a_chunk_longer_than_its_size", chunked("4\r\nhello\r\n"), CHUNKED "hell!400"},
                      Shape{"a_chunk_shorter_than_its_size", chunked("6\r\nhello\r\n0\r\n\r\n"), CHUNKED "hello\r!400"},
                      Shape{"a_chunk_that_ends_in_a_bare_line_feed", chunked("1\r\nx\n"), CHUNKED "x!400"},
                      Shape{"a_folded_trailer", chunked("0\r\nX: a\r\n b\r\n\r\n"), CHUNKED "!400"},
                      Shape{"a_length_in_the_trailers", chunked("0\r\nContent-Length: 5\r\n\r\n"), CHUNKED "!400"},
                      Shape{"a_coding_in_the_trailers", chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"),
                            CHUNKED "!400"},
                      Shape{"a_bare_line_feed_behind_the_trailers", chunked("0\r\n\n"), CHUNKED "!400"}),
    named);

TEST(RequestParser, what_exceeds_a_limit_is_refused_however_it_is_cut) {
  ParserOptions options;
  options.head_bytes_max = 64;
  options.fields_max = 3;
  options.target_bytes_max = 8;
  options.body_bytes_max = 4;
  options.trailer_bytes_max = 9;
  options.chunk_extension_bytes_max = 3;
  const auto expect = [&](const std::string& bytes, const std::string& end) {
    for (const std::size_t piece : {kAll, std::size_t{1}, std::size_t{7}}) {
      const std::string log = requests(bytes, piece, options);
      EXPECT_TRUE(log.ends_with(end)) << bytes << " gave " << log;
    }
  };
  expect("GET /1234567 HTTP/1.1\r\nHost: h\r\n\r\n", "()+");
  expect("GET /12345678 HTTP/1.1\r\nHost: h\r\n\r\n", "!414");
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  expect(head + std::string(64 - 4 - head.size(), 'x') + "\r\n\r\n", "()+");
  expect(head + std::string(65 - 4 - head.size(), 'x') + "\r\n\r\n", "!431");
  expect(head + std::string(1000, 'x'), "!431");
  expect("GET / HTTP/1.1\r\nHost: h\r\na:\r\nb:\r\n\r\n", "()+");
  expect("GET / HTTP/1.1\r\nHost: h\r\na:\r\nb:\r\nc:\r\n\r\n", "!431");
  expect(with("Content-Length: 4\r\n", "body"), "(body)+");
  expect(with("Content-Length: 5\r\n"), "!413");
  const auto small = [](const std::string& body) {
    return "PUT / HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
  };
  expect(small("2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"), "(body)+");
  expect(small("2\r\nbo\r\n3\r\n"), "bo!413");
  expect(small("1;a\r\nb\r\n0;b\r\n\r\n"), "(b)+");
  expect(small("1;a\r\nb\r\n0;bcd\r\n\r\n"), "b!400");
  expect(small("0\r\na: 12\r\n\r\n"), "(){a=12}+");
  expect(small("0\r\na: 123\r\n\r\n"), "!431");
}

// The same for what is whole, and so is read in one pass, and for what follows it line by line.
TEST(RequestParser, blanks_around_a_value_are_no_part_of_it) {
  const std::string head = "GET / HTTP/1.1\r\nHost:h\r\na:\r\nb: \t \r\nc: x y \t\r\nd:\tz\r\n\r\n";
  for (const std::size_t piece : {kAll, std::size_t{1}, std::size_t{7}, head.size() - 1}) {
    EXPECT_EQ(requests(head, piece), "GET /[Host=h][a=][b=][c=x y][d=z]()+") << piece;
  }
}

TEST(RequestParser, says_of_a_request_what_the_server_has_to_know) {
  RequestParser parser;
  Request request;
  const std::string bytes = with("Expect: 100-Continue\r\nContent-Length: 3\r\n", "abc");
  EXPECT_TRUE(parser.is_between());
  const Parsed head = parser.feed(bytes, request);
  EXPECT_EQ(head.event, Event::head);
  EXPECT_FALSE(parser.is_between());
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_TRUE(parser.has_body());
  EXPECT_EQ(parser.body_bytes(), 3U);
  EXPECT_EQ(request.method, Method::post);
  EXPECT_EQ(request.headers.get("HOST"), "h");
}

TEST(RequestParser, once_it_has_refused_it_refuses_everything) {
  RequestParser parser;
  Request request;
  EXPECT_EQ(parser.feed(" ", request).event, Event::refused);
  EXPECT_EQ(parser.feed("GET / HTTP/1.1\r\nHost: h\r\n\r\n", request).event, Event::refused);
  EXPECT_EQ(parser.refusal().status, Status::bad_request);
  EXPECT_FALSE(parser.keeps_alive());
}

class ResponseShape : public ::testing::TestWithParam<Shape> {};

TEST_P(ResponseShape, gives_the_same_events_however_it_is_cut) {
  const Shape& shape = GetParam();
  for (const std::size_t piece : {kAll, std::size_t{1}, std::size_t{2}, std::size_t{5}}) {
    EXPECT_EQ(responses(shape.bytes, piece), shape.events) << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, ResponseShape,
    ::testing::Values(
        Shape{"one", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 OK[Content-Length=2](ok)+"},
        Shape{"without_a_reason", "HTTP/1.1 204\r\n\r\n", "204 ()+"},
        Shape{"with_an_empty_reason", "HTTP/1.1 304 \r\nContent-Length: 9\r\n\r\n", "304 [Content-Length=9]()+"},
        Shape{"until_the_end", "HTTP/1.1 200 OK\r\n\r\nall of it", "200 OK(end)"},
        Shape{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
              "200 OK[Transfer-Encoding=chunked](ok)+"},
        Shape{"continue_first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
              "100 Continue()+200 OK[Content-Length=0]()+"},
        Shape{"switching", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
              "101 Switching Protocols[Upgrade=x]()."},
        Shape{"cut_in_the_head", "HTTP/1.1 200 OK\r\nConte", "(cut)"},
        Shape{"cut_in_the_body", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", "200 OK[Content-Length=2](cut)"},
        Shape{"cut_in_a_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\no",
              "200 OK[Transfer-Encoding=chunked](cut)"},
        Shape{"close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
              "200 OK[Connection=close][Content-Length=0]()."},
        Shape{"http_1_0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "200 OK[Content-Length=0]()."},
        Shape{"both_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
              "!400(cut)"},
        Shape{"gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "!501(cut)"},
        Shape{"a_status_of_two_digits", "HTTP/1.1 20 OK\r\n\r\n", "!400(cut)"},
        Shape{"a_status_of_four_digits", "HTTP/1.1 2000 OK\r\n\r\n", "!400(cut)"},
        Shape{"a_status_below_100", "HTTP/1.1 099 OK\r\n\r\n", "!400(cut)"},
        Shape{"a_status_that_is_no_number", "HTTP/1.1 2x0 OK\r\n\r\n", "!400(cut)"},
        Shape{"http_2", "HTTP/2.0 200 OK\r\n\r\n", "!505(cut)"},
        Shape{"an_empty_line_first", "\r\nHTTP/1.1 200 OK\r\n\r\n", "!400(cut)"}),
    named);

TEST(ResponseParser, a_response_to_head_or_connect_has_no_body) {
  EXPECT_EQ(responses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", kAll, Method::head),
            "200 OK[Content-Length=5]()+");
  EXPECT_EQ(responses("HTTP/1.1 200 OK\r\n\r\n", kAll, Method::head), "200 OK()+");
  EXPECT_EQ(responses("HTTP/1.1 200 OK\r\n\r\n", kAll, Method::connect), "200 OK().");
}

// AddressSanitizer once saw fields read from a block that had moved: it grew for the next of them.
TEST(RequestParser, fields_that_come_in_pieces_are_read_while_their_block_grows) {
  for (std::size_t filler = 0; filler < 9'000; filler += 8) {
    std::string head = "GET /" + std::string(filler, 'a') + " HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 60; ++i) head.append("x-").append(std::to_string(i)).append(": y\r\n");
    head.append("Content-Length: 0\r\n\r\n");
    const std::string_view bytes = head;
    RequestParser parser({.target_bytes_max = 16'000});
    Request request;
    ASSERT_EQ(parser.feed(bytes.substr(0, filler + 10), request).event, Event::need_more);
    ASSERT_EQ(parser.feed(bytes.substr(filler + 10), request).event, Event::head) << filler;
    ASSERT_EQ(request.headers.size(), 62U);
    ASSERT_EQ(request.headers.get("x-59"), "y");
  }
}

}  // namespace
}  // namespace ringback::http
