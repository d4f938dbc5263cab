#include "io/json_object.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "support/user_error.h"

namespace retort::io {
namespace {

// What is said of an object from which one key is read.
template <class Read>
std::string json_object_refusal(const std::string& text, Read read) {
  const auto json = nlohmann::json::parse(text);
  return tests::user_error_of([&] {
    JsonObject object(json, "f");
    read(object);
  });
}

TEST(JsonObject, ReadsEachKind) {
  const auto json = nlohmann::json::parse(
      R"({"yes": true, "n": -3, "x": 0.5, "word": "a", "words": ["a", ""], "some": [1, "2"], "in": {"n": 9}})");
  JsonObject object(json, "f");
  EXPECT_TRUE(object.truth("yes"));
  EXPECT_EQ(object.integer("n"), -3);
  EXPECT_EQ(object.number("x", 0, 0.5), 0.5);
  EXPECT_EQ(object.number("n"), -3) << "a whole number is a number";
  EXPECT_EQ(object.text("word", 1), "a");
  EXPECT_EQ(object.choice("word", {"b", "a"}), "a");
  EXPECT_EQ(object.texts("words", 2, 1), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(object.list("some", 2).size(), 2u);
  EXPECT_EQ(object.find("none"), nullptr);
  auto inner = object.object("in");
  EXPECT_EQ(inner.place(), "f: in");
  EXPECT_EQ(tests::user_error_of([&] { inner.finish(); }), "f: in: 'n' is not known here");
  EXPECT_EQ(inner.integer("n", 9, 9), 9);
  inner.finish();
  object.finish();
}

TEST(JsonObject, SaysWhatWouldBeRight) {
  const auto n = [](JsonObject& object) { object.integer("n", 1, 9); };
  EXPECT_EQ(json_object_refusal("[]", n), "f: should be a JSON object");
  EXPECT_EQ(json_object_refusal("{}", n), "f: 'n' is missing");
  for (const char* wrong : {"0", "10", "1.5", "2.0", "\"2\"", "null", "18446744073709551615", "-9223372036854775808"}) {
    EXPECT_EQ(json_object_refusal(std::string("{\"n\": ") + wrong + "}", n),
              "f: 'n' should be a whole number from 1 to 9")
        << wrong;
  }
  const auto refusal = [](const std::string& value, auto read) {
    return json_object_refusal("{\"k\": " + value + "}", read);
  };
  EXPECT_EQ(refusal("18446744073709551615", [](JsonObject& o) { o.integer("k"); }), "f: 'k' should be a whole number");
  EXPECT_EQ(refusal("-1", [](JsonObject& o) { o.number("k", 0); }), "f: 'k' should be a number from 0");
  EXPECT_EQ(refusal("true", [](JsonObject& o) { o.number("k"); }), "f: 'k' should be a number");
  EXPECT_EQ(refusal("1", [](JsonObject& o) { o.truth("k"); }), "f: 'k' should be true or false");
  EXPECT_EQ(refusal("\"ab\"", [](JsonObject& o) { o.text("k", 1); }), "f: 'k' should be a text of at most 1 bytes");
  EXPECT_EQ(refusal("[1]", [](JsonObject& o) { o.texts("k"); }), "f: 'k' should hold texts");
  EXPECT_EQ(refusal("[1, 2]", [](JsonObject& o) { o.list("k", 1); }), "f: 'k' should be a list of at most 1 entries");
  EXPECT_EQ(refusal("{}", [](JsonObject& o) { o.list("k"); }), "f: 'k' should be a list");
  EXPECT_EQ(refusal("3", [](JsonObject& o) { o.object("k"); }), "f: k: should be a JSON object");
  EXPECT_EQ(refusal("\"c\"", [](JsonObject& o) { o.choice("k", {"a", "b"}); }), "f: 'k' is 'c', should be one of a, b");
  EXPECT_LT(refusal('"' + std::string(5000, 'x') + '"', [](JsonObject& o) { o.choice("k", {"a"}); }).size(), 200u);
}

TEST(JsonObject, NumbersBeyondDoubleAreNone) {
  EXPECT_FALSE(json_number(std::numeric_limits<double>::infinity(), -1e308, 1e308));
  EXPECT_FALSE(json_number(std::nan(""), -1e308, 1e308));
  EXPECT_EQ(json_number(2, 2, 2), 2.0);
}

}  // namespace
}  // namespace retort::io
