#include "ringback/net/address.h"

#include <gtest/gtest.h>

#include "ringback/base/error.h"

namespace ringback {
namespace {

TEST(AddressText, what_is_parsed_is_printed_again) {
  for (const std::string text :
       {"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:443", "[::]:0", "[2001:db8::7]:8080",
        "[fe80::1%1]:1", "unix:/run/x.sock", "unix:@abstract", "unix:x"}) {
    EXPECT_EQ(Address::parse(text).to_string(), text);
    EXPECT_EQ(Address::try_parse(text), Address::parse(text));
  }
}

TEST(AddressText, one_address_has_one_spelling) {
  EXPECT_EQ(Address::parse("[0:0::0:1]:80").to_string(), "[::1]:80");
  EXPECT_EQ(Address::parse("[::1]:0080"), Address::parse("[::1]:80"));
  EXPECT_NE(Address::parse("[::1]:80"), Address::parse("[::1]:81"));
  EXPECT_NE(Address::parse("127.0.0.1:80"), Address::parse("unix:127.0.0.1:80"));
}

TEST(AddressText, what_is_no_address_is_invalid) {
  const std::string nul("127.0.0.1\0:80", 13);
  for (const std::string& text : {std::string(),
                                  std::string("127.0.0.1"),
                                  std::string(":80"),
                                  std::string("127.0.0.1:"),
                                  std::string("127.0.0.1:65536"),
                                  std::string("127.0.0.1:-1"),
                                  std::string("127.0.0.1:+1"),
                                  std::string("127.0.0.1: 1"),
                                  std::string("127.0.0.1:80x"),
                                  std::string("127.1:80"),
                                  std::string("::1:80"),
                                  std::string("[::1]"),
                                  std::string("[::1"),
                                  std::string("[127.0.0.1]:80"),
                                  std::string("localhost:80"),
                                  std::string("[::1%]:80"),
                                  std::string("[::1%no_such_zone]:80"),
                                  std::string("unix:"),
                                  std::string("[]:80"),
                                  "unix:" + std::string(108, 'x'),
                                  std::string(300, '1') + ":80",
                                  nul}) {
    EXPECT_FALSE(Address::try_parse(text).has_value()) << text;
    try {
      Address::parse(text);
      ADD_FAILURE() << text << " was taken for an address";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
    }
  }
}

TEST(AddressText, the_longest_unix_path_fits) {
  const std::string path(107, 'x');
  EXPECT_EQ(Address::unix_path(path).to_string(), "unix:" + path);
}

TEST(AddressParts, family_and_port_are_told) {
  EXPECT_EQ(Address::loopback(7).to_string(), "127.0.0.1:7");
  EXPECT_EQ(Address::any(7).with_port(8).to_string(), "0.0.0.0:8");
  EXPECT_EQ(Address::parse("[::1]:9").port(), 9);
  EXPECT_EQ(Address::parse("[::1]:9").family(), AF_INET6);
  EXPECT_TRUE(Address::unix_path("x").is_unix());
  EXPECT_EQ(Address::unix_path("x").port(), 0);
  EXPECT_EQ(Address::try_parse_ip("::1", 5), Address::parse("[::1]:5"));
}

TEST(AddressParts, what_the_kernel_gives_is_cut_to_what_fits) {
  const sockaddr nameless = {AF_UNIX, {}};
  EXPECT_EQ(Address::from_raw(&nameless, sizeof(sa_family_t)).to_string(), "unix:");
}

}  // namespace
}  // namespace ringback
