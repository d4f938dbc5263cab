#include "serve/request_text.h"

#include <gtest/gtest.h>

namespace retort::serve {
namespace {

TEST(RequestText, DecodesTargets) {
  const auto target = parse_target("/api//runs/a%2Fb/?x=1+2&x=3&y=%26&&z");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, (std::vector<std::string>{"api", "runs", "a/b"}));
  EXPECT_EQ(target->query, (std::map<std::string, std::string>{{"x", "1 2"}, {"y", "&"}, {"z", ""}}));
  EXPECT_EQ(target_text(*target), "/api/runs/a%2Fb?x=1%202&y=%26&z=");
  for (const char* bad : {"", "x", "http://a/b", "*", "/..", "/a/%2e%2E/b", "/.", "/%0", "/%", "/%zz", "/%00", "/a%0ab",
                          "/?a=%0", "/?a%0a=1", "/?a=%00"}) {
    EXPECT_FALSE(parse_target(bad)) << bad;
  }
}

TEST(RequestText, FindsCookiesAndTokens) {
  EXPECT_EQ(cookie_value("a=1; retort_token=x=y ;b", "retort_token"), "x=y");
  EXPECT_EQ(cookie_value("my_retort_token=1; retort_token=\"q\"", "retort_token"), "q");
  EXPECT_FALSE(cookie_value(";;=;retort_token", "retort_token"));
  EXPECT_EQ(bearer_token("bEaReR  abc "), "abc");
  EXPECT_EQ(bearer_token("Basic abc"), "");
  EXPECT_EQ(bearer_token("Bearer"), "");
}

TEST(RequestText, KnowsWhoTakesGzip) {
  EXPECT_TRUE(accepts_gzip("deflate, GZIP ;q=0.1, br"));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0, *"));
  EXPECT_FALSE(accepts_gzip("gzip;q=x"));
  EXPECT_FALSE(accepts_gzip(""));
}

TEST(RequestText, ComparesEtags) {
  EXPECT_TRUE(names_etag("\"a\", W/\"b\"", "b"));
  EXPECT_TRUE(names_etag("*", "b"));
  EXPECT_FALSE(names_etag("b", "b"));
  EXPECT_FALSE(names_etag("*", ""));
}

TEST(RequestText, CutsRanges) {
  using Kind = RangeAnswer::Kind;
  const auto part = [](const char* header) {
    const auto range = parse_range(header, 10);
    return range.kind == Kind::part ? std::pair(range.begin, range.end) : std::pair<uint64_t, uint64_t>(0, 0);
  };
  EXPECT_EQ(part("bytes=0-0"), std::pair(uint64_t{0}, uint64_t{1}));
  EXPECT_EQ(part("bytes=5-"), std::pair(uint64_t{5}, uint64_t{10}));
  EXPECT_EQ(part("bytes=-99"), std::pair(uint64_t{0}, uint64_t{10}));
  EXPECT_EQ(part("bytes=9-18446744073709551615"), std::pair(uint64_t{9}, uint64_t{10}));
  for (const char* whole : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=3-2", "bytes=0-1,3-4", "lines=0-1",
                            "bytes=99999999999999999999-", "bytes=--1"}) {
    EXPECT_EQ(parse_range(whole, 10).kind, Kind::whole) << whole;
  }
  for (const char* beyond : {"bytes=10-", "bytes=-0"}) EXPECT_EQ(parse_range(beyond, 10).kind, Kind::unsatisfiable);
  EXPECT_EQ(parse_range("bytes=-1", 0).kind, Kind::unsatisfiable);
}

TEST(RequestText, ReadsHosts) {
  EXPECT_EQ(parse_host("LocalHost:80")->host, "localhost");
  EXPECT_EQ(parse_host("[::1]:80")->host, "::1");
  EXPECT_EQ(parse_host("[::1]:80")->port, "80");
  for (const char* bad :
       {"", ":80", "a:", "a:x", "a:123456", "a b", "a/b", "a@b", "[::1", "[]", "[x]", "a;b", "a\"b"}) {
    EXPECT_FALSE(parse_host(bad)) << bad;
  }
}

TEST(RequestText, MakesFileNamesSafe) {
  EXPECT_EQ(safe_file_name("a/../b.ply"), "b.ply");
  EXPECT_EQ(safe_file_name("..\"x\r\n\\y"), "xy");
  EXPECT_EQ(safe_file_name("/"), "download");
  EXPECT_EQ(safe_file_name("..."), "download");
}

}  // namespace
}  // namespace retort::serve
