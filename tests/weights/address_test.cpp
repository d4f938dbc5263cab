#include "weights/address.h"

#include <gtest/gtest.h>

namespace retort::weights {
namespace {

Address address_of(const char* text) {
  const auto address = parse_address(text);
  EXPECT_TRUE(address.has_value()) << text;
  return address.value_or(Address{});
}

std::string led_from(const char* from, const char* location) {
  const auto redirection = follow_location(address_of(from), location);
  return redirection.target ? redirection.target->text() : "refused: " + redirection.refusal;
}

TEST(Address, IsTakenApart) {
  const auto address = address_of("HTTPS://Host.Example:8443/a/b.pth?x=1#part");
  EXPECT_TRUE(address.secure);
  EXPECT_EQ(address.host, "host.example:8443");
  EXPECT_EQ(address.path, "/a/b.pth?x=1");
  EXPECT_EQ(address_of("http://h").text(), "http://h/");
  EXPECT_EQ(address_of("http://h?q").text(), "http://h/?q");
  EXPECT_EQ(address_of("http://[::1]:80/x").host, "[::1]:80");
}

TEST(Address, OthersAreNone) {
  for (const char* text : {"",
                           "h/x",
                           "ftp://h/x",
                           "file:///etc/passwd",
                           "http://",
                           "http:///x",
                           "http://user:word@h/x",
                           "http://h:0/x",
                           "http://h:70000/x",
                           "http://h:/x",
                           "http://h:8a/x",
                           "http://h /x",
                           "http://h/x y",
                           "http://h/x\r\nHost: y",
                           "http://h\\x",
                           "http://[::1/x",
                           "http://[]x/",
                           "http://h\x80/",
                           "://h/x",
                           "http//h"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  EXPECT_FALSE(parse_address("http://h/" + std::string(10'000, 'x')));
}

TEST(Address, RedirectionsAreFollowedWhereverTheyMayLead) {
  EXPECT_EQ(led_from("http://h/a/b", "http://other/c"), "http://other/c");
  EXPECT_EQ(led_from("http://h/a/b", "https://other/c"), "https://other/c");
  EXPECT_EQ(led_from("https://h/a/b?q", "//other/c"), "https://other/c");
  EXPECT_EQ(led_from("https://h/a/b?q", "/c?x:y"), "https://h/c?x:y");
  EXPECT_EQ(led_from("https://h/a/b?q/r", "c"), "https://h/a/c");
  EXPECT_EQ(led_from("https://h/a/b?q", "?p"), "https://h/a/b?p");
}

TEST(Address, EncryptionIsNeverLeft) {
  for (const char* location : {"http://h/a", "http://other/c", "HTTP://h/a"}) {
    EXPECT_NE(led_from("https://h/a", location).find("not encrypted"), std::string::npos) << location;
  }
}

TEST(Address, NonsenseIsNotFollowed) {
  for (const char* location : {"", "file:///etc/passwd", "ftp://h/x", "javascript:x", "http://u:p@h/", "/x y", "//"}) {
    EXPECT_EQ(led_from("https://h/a", location).find("refused: https://h/a: "), 0u) << location;
  }
}

TEST(Address, EndingIsThatOfTheFile) {
  EXPECT_EQ(file_ending(address_of("http://h/a/vgg16-397923af.pth?x=.zip")), ".pth");
  EXPECT_EQ(file_ending(address_of("http://h/a.b/weights")), "");
  EXPECT_EQ(file_ending(address_of("http://h.pth")), "");
  EXPECT_EQ(file_ending(address_of("http://h/x.partial")), "");
  EXPECT_EQ(file_ending(address_of("http://h/x.p%2Fh")), "");
  EXPECT_EQ(file_ending(address_of("http://h/x.")), "");
}

}  // namespace
}  // namespace retort::weights
