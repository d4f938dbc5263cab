#include "core/options.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/recipe_sample.h"

namespace retort {

TEST(Options, DescribesEveryFieldInOrder) {
  const auto docs = describe_options<SampleOptions>();
  ASSERT_EQ(docs.size(), 9u);
  EXPECT_EQ(docs[0].path, "temperature");
  EXPECT_EQ(docs[0].type, "number");
  EXPECT_EQ(docs[0].default_value, "4");
  EXPECT_EQ(docs[0].min, 0);
  EXPECT_EQ(docs[3].path, "split");
  EXPECT_EQ(docs[3].choices, (std::vector<std::string>{"none", "every_8th", "by_file"}));
  EXPECT_EQ(docs[3].default_value, "every_8th");
  EXPECT_EQ(docs[6].type, "section");
  EXPECT_EQ(docs[7].path, "train.steps");
  EXPECT_EQ(docs[7].unit, "steps");
}

TEST(Options, TextAndMarkdownHoldNamesDefaultsAndRanges) {
  const auto docs = describe_options<SampleOptions>();
  const auto text = options_as_text(docs);
  EXPECT_NE(text.find("train.steps"), std::string::npos);
  EXPECT_NE(text.find("how long [steps] (>= 1)"), std::string::npos);
  EXPECT_NE(text.find("none | every_8th | by_file"), std::string::npos);
  const auto markdown = options_as_markdown(docs);
  EXPECT_NE(markdown.find("| `train.learning_rates` | `[0.1, 0.01]` |"), std::string::npos);
  EXPECT_NE(markdown.find("none \\| every_8th \\| by_file"), std::string::npos);
}

TEST(Options, SchemaTakesRecipeHeadersAndTypesListItems) {
  const auto schema = nlohmann::json::parse(options_as_json_schema(describe_options<SampleOptions>(), "sample"));
  EXPECT_EQ(schema["title"], "sample");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_TRUE(schema["properties"].contains("method"));
  EXPECT_EQ(schema["properties"]["train"]["properties"]["steps"]["minimum"], 1);
  EXPECT_EQ(schema["properties"]["train"]["additionalProperties"], false);
  const auto& rates = schema["properties"]["train"]["properties"]["learning_rates"];
  EXPECT_EQ(rates["type"], "array");
  EXPECT_EQ(rates["items"]["type"], "number");
  EXPECT_EQ(rates["items"]["minimum"], 0);
}

}  // namespace retort
