#include "data/soft_labels/aspect_rules.h"

#include <gtest/gtest.h>

#include "data/sets/memory_set.h"
#include "support/hostile_input.h"

namespace retort::data {
namespace {

using tests::refusal_of;

const char* const class_table =
    R"({"questions": ["round?", "red?"], "classes": {"ball": "yes no", "brick": "no yes"}})";

/// A grey picture of 6x6 whose pixels are bright where `bright` says so.
Picture drawn(const std::function<bool(int, int)>& bright) {
  auto picture = make_picture(1, 6, 6);
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 6; ++x) picture.row(0, y)[x] = bright(x, y) ? 200 : 0;
  return picture;
}

TEST(AspectRules, ReadPictures) {
  using Answers = std::vector<bool>;
  const auto bar = drawn([](int, int y) { return y == 1; });
  EXPECT_EQ(picture_answers(bar), (Answers{true, true, true, false}));  // wide, dark in the middle, symmetric
  const auto post = drawn([](int x, int) { return x == 0; });
  EXPECT_EQ(picture_answers(post), (Answers{false, true, false, false}));
  const auto block = drawn([](int x, int y) { return x > 0 && x < 5 && y > 0; });
  EXPECT_EQ(picture_answers(block), (Answers{false, false, true, true}));
  EXPECT_EQ(picture_questions().size(), 4U);
}

TEST(AspectRules, AnswerForClassesAndPictures) {
  MemorySetParts parts{.channels = 1, .height = 6, .width = 6, .labels = {1, 0}, .class_names = {"ball", "brick"}};
  const auto bar = drawn([](int, int y) { return y == 1; });
  const std::string pixels(bar.pixels.begin(), bar.pixels.end());
  parts.runs.push_back({"pixels", io::share_bytes(pixels + pixels), 36, 2});
  const auto set = make_memory_set(std::move(parts));
  const auto answers = answers_by_rule(*set, parse_class_aspects(class_table, "t"), 0.75, "t");
  EXPECT_EQ(answers.labels, (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(answers.questions.size(), 6U);
  EXPECT_EQ(answers.probabilities, (std::vector<float>{0.25f, 0.75f, 0.75f, 0.75f, 0.75f, 0.25f,  //
                                                       0.75f, 0.25f, 0.75f, 0.75f, 0.75f, 0.25f}));
  EXPECT_EQ(answers_by_rule(*set, {}, 0.75, "").questions, picture_questions());
  const auto less = parse_class_aspects(R"({"questions": ["round?"], "classes": {"ball": "yes", "stone": "no"}})", "t");
  EXPECT_NE(refusal_of([&] { answers_by_rule(*set, less, 0.9, "t"); }).find("t: has no class 'brick'"),
            std::string::npos);
}

TEST(AspectRules, RefuseTablesWithTheEntry) {
  const auto refusal = [](const std::string& text) { return refusal_of([&] { parse_class_aspects(text, "t"); }); };
  EXPECT_EQ(refusal("{}"), "t: is no JSON object of 'questions' and 'classes' alone");
  EXPECT_EQ(refusal(R"({"questions": ["a?"], "classes": {"x": "maybe"}})"), "t: 'maybe' of 'x' is neither yes nor no");
  EXPECT_EQ(refusal(R"({"questions": ["a?"], "classes": {"x": "yes no"}})"), "t: 2 answers of 'x' to 1 questions");
  EXPECT_EQ(refusal(R"({"questions": ["a?"], "classes": {"x": 1}})"),
            "t: the answers of 'x' are no text of yes and no");
  tests::damage_everywhere(class_table, [](const std::string& damaged) { parse_class_aspects(damaged, "t"); });
}

}  // namespace
}  // namespace retort::data
