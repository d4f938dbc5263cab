#include "core/text.h"

#include <gtest/gtest.h>

namespace retort {

TEST(Text, SuggestsOnlyLikelySlips) {
  const std::vector<std::string> words = {"temperature", "steps", "split", "w"};
  EXPECT_EQ(nearest_word("temprature", words), "temperature");
  EXPECT_EQ(nearest_word("step", words), "steps");
  EXPECT_EQ(nearest_word("xyz", words), "");
  EXPECT_EQ(nearest_word("", words), "");
  EXPECT_EQ(nearest_word("q", words), "");
  EXPECT_EQ(did_you_mean("spilt", words), "; did you mean 'split'?");
  EXPECT_EQ(did_you_mean("unrelated", {}), "");
}

TEST(Text, SplitsJoinsTrims) {
  EXPECT_EQ(split("a.b.c", '.'), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(split("", '.'), std::vector<std::string>{""});
  EXPECT_EQ(split("a.", '.'), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join({"", "b", ""}, "-"), "-b-");
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Text, ParsesWholeNumbersOnly) {
  double number = 0;
  EXPECT_TRUE(parse_number("-2.5e-3", number));
  EXPECT_EQ(number, -2.5e-3);
  for (const char* wrong : {"", "1x", " 1", "nan", "inf", "0x10", "1e999"}) EXPECT_FALSE(parse_number(wrong, number));
  int64_t integer = 0;
  EXPECT_TRUE(parse_integer("-9223372036854775808", integer));
  EXPECT_EQ(integer, INT64_MIN);
  for (const char* wrong : {"", "1.0", "9223372036854775808", "+1", "1 "}) EXPECT_FALSE(parse_integer(wrong, integer));
}

TEST(Text, PrintsForPeople) {
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1536), "1.5 KB");
  EXPECT_EQ(human_bytes(999'960), "1.0 MB");
  EXPECT_EQ(human_bytes(2.5e15), "2500.0 TB");
  EXPECT_EQ(human_seconds(2.5), "2.5 s");
  EXPECT_EQ(human_seconds(59.7), "1 min 00 s");
  EXPECT_EQ(human_seconds(75), "1 min 15 s");
  EXPECT_EQ(human_seconds(3725), "1 h 02 min");
}

}  // namespace retort
