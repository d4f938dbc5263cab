#include "weights/http_head.h"

#include <gtest/gtest.h>

#include "weights/part_origin.h"

namespace retort::weights {
namespace {

TEST(HttpHead, TheLastHeadCounts) {
  HttpHead head;
  for (const char* line : {"HTTP/1.1 100 Continue\r\n", "ETag: \"old\"\r\n", "\r\n", "HTTP/2 206\r\n", "no header\r\n",
                           "CONTENT-range:  bytes 5-9/10 \r\n"}) {
    head.add_line(line);
  }
  EXPECT_EQ(head.status, 206);
  EXPECT_EQ(head.get("content-range"), "bytes 5-9/10");
  EXPECT_EQ(head.get("etag"), "");
  head.add_line("HTTP/1.1 -20 x");
  EXPECT_EQ(head.status, 0);
}

TEST(HttpHead, EndlessHeadersAreNotKept) {
  HttpHead head;
  for (int i = 0; i < 2000; ++i) head.add_line("x" + std::to_string(i) + ": " + std::string(100, 'y'));
  EXPECT_LT(head.headers.size(), 700u);
}

TEST(ContentRange, IsReadExactly) {
  const auto range = parse_content_range("bytes 5-9/10");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 5);
  EXPECT_EQ(range->last, 9);
  EXPECT_EQ(range->total, 10);
  EXPECT_FALSE(parse_content_range("bytes 0-0/*")->total.has_value());
  for (const char* text : {"", "bytes", "bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "bytes -5/10", "bytes 5-/10",
                           "bytes 5-9/", "bytes 5-9/10/11", "bytes */10", "items 5-9/10", "bytes +5-9/10",
                           "bytes 5 -9/10", "bytes 5-99999999999999999999/*"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

TEST(StrongEtag, OnlyWhatCanBeSentBack) {
  const auto etag_of = [](const std::string& value) {
    HttpHead head;
    head.headers["etag"] = value;
    return strong_etag(head);
  };
  EXPECT_EQ(etag_of("\"abc-1\""), "\"abc-1\"");
  for (const auto& value : {std::string("W/\"abc\""), std::string("abc"), std::string("\"a b\""), std::string("\""),
                            std::string("\"a\"b\""), std::string("\"a\nb\""), "\"" + std::string(5000, 'a') + "\""}) {
    EXPECT_EQ(etag_of(value), "") << value;
  }
}

TEST(PartOrigin, ComesBackAsItWasWritten) {
  for (const char* etag : {"", "\"tag\""}) {
    const auto origin = parse_part_origin(part_origin_text({"https://h/x.pth", etag}));
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->address, "https://h/x.pth");
    EXPECT_EQ(origin->etag, etag);
  }
  for (const char* text : {"", "\n\n", "https://h/x\n", "https://h/x\ntag\n", "https://h/x\n\"t\"", "nowhere\n\"t\"\n",
                           "https://h/x\n\"t\"\n\n", "https://h/x\n\"a\rb\"\n"}) {
    EXPECT_FALSE(parse_part_origin(text)) << text;
  }
}

}  // namespace
}  // namespace retort::weights
