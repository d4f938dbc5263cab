#include "data/soft_labels/aspect_answers.h"

#include <gtest/gtest.h>

#include "data/sets/memory_set.h"
#include "support/hostile_input.h"

namespace retort::data {
namespace {

using tests::refusal_of;

const char* const ordered_answers = R"({"questions": ["a?", "b?"], "labels": [1, 0, 1],
                                 "answers": [[0.5, 1], [0, 0.25], [0.125, 0]]})";
const char* const named_answers = R"({"questions": ["a?"],
                                "answers": {"x/1.png": [0.5], "y/1.png": [0.25], "2.png": [1], "unused.png": [0]}})";

DatasetPtr named_samples(std::vector<int64_t> labels, std::vector<std::string> names) {
  MemorySetParts parts{.channels = 1, .height = 1, .width = 1, .labels = labels, .class_names = {"x", "y"}};
  parts.sample_names = std::move(names);
  parts.runs.push_back({"pixels", io::share_bytes(std::string(labels.size(), '\0')), 1, int64_t(labels.size())});
  return make_memory_set(std::move(parts));
}

TEST(AspectAnswers, StandInTheOrderOfTheSet) {
  const auto answers = parse_aspect_answers(ordered_answers, "f");
  EXPECT_EQ(answers.questions, (std::vector<std::string>{"a?", "b?"}));
  EXPECT_EQ(answers.rows(), 3U);
  const auto rows = answers_of_set(answers, *named_samples({1, 0, 1}, {"p", "q", "r"}), "f");
  EXPECT_EQ(rows, (std::vector<float>{0.5f, 1, 0, 0.25f, 0.125f, 0}));
  EXPECT_NE(refusal_of([&] {
              answers_of_set(answers, *named_samples({1, 0}, {"p", "q"}), "f");
            }).find("f: answers for 3 samples, the training set has 2"),
            std::string::npos);
  EXPECT_NE(refusal_of([&] {
              answers_of_set(answers, *named_samples({1, 1, 1}, {"p", "q", "r"}), "f");
            }).find("f: its row 2 is of class 0, q of class 1"),
            std::string::npos);
}

TEST(AspectAnswers, OrGoByNamesOfPictures) {
  const auto answers = parse_aspect_answers(named_answers, "f");
  const auto rows =
      answers_of_set(answers, *named_samples({1, 0, 0}, {"/data/y/1.png", "/data/x/2.png", "/data/x/1.png"}), "f");
  EXPECT_EQ(rows, (std::vector<float>{0.25f, 1, 0.5f}));
  EXPECT_EQ(refusal_of([&] { answers_of_set(answers, *named_samples({0}, {"/data/x/7.png"}), "f"); }),
            "f: has no answers for /data/x/7.png; 'x/7.png' would name them");
  EXPECT_EQ(refusal_of([&] {
              answers_of_set(answers, *named_samples({0, 1}, {"/data/x/2.png", "/data/y/2.png"}), "f");
            }),
            "f: '2.png' could be /data/y/2.png or another sample; write 'y/2.png'");
}

TEST(AspectAnswers, ComeBackAsTheyWereWritten) {
  auto answers = parse_aspect_answers(ordered_answers, "f");
  answers.questions[0] = "\"quoted\"\n?";
  answers.probabilities[2] = 0.1f;
  answers.probabilities[3] = 1e-30f;
  const auto again = parse_aspect_answers(aspect_answers_text(answers), "f");
  EXPECT_EQ(again.questions, answers.questions);
  EXPECT_EQ(again.labels, answers.labels);
  EXPECT_EQ(again.probabilities, answers.probabilities);
}

TEST(AspectAnswers, AreRefusedWithTheEntry) {
  const auto refusal = [](const std::string& text) { return refusal_of([&] { parse_aspect_answers(text, "f"); }); };
  EXPECT_EQ(refusal("[]"), "f: is no JSON object with 'questions' and 'answers'");
  EXPECT_EQ(refusal(R"({"answers": []})"), "f: has no 'questions'");
  EXPECT_EQ(refusal(R"({"questions": ["a?"]})"), "f: has no 'answers'");
  EXPECT_EQ(refusal(R"({"question": ["a?"]})"), "f: 'question' means nothing here; known: questions, labels, answers");
  EXPECT_EQ(refusal(R"({"questions": ["a?", "a?"], "answers": {}})"), "f: asks 'a?' twice");
  EXPECT_EQ(refusal(R"({"questions": [3], "answers": {}})"), "f: question 1 is no text");
  EXPECT_EQ(refusal(R"({"questions": ["a?"], "answers": {}})"), "f: answers for no sample");
  EXPECT_EQ(refusal(R"({"questions": ["a?"], "answers": [[1]]})"), "f: has no 'labels'");
  EXPECT_EQ(refusal(R"({"questions": ["a?"], "labels": [-1], "answers": [[1]]})"), "f: label 1 is no class number");
  EXPECT_EQ(refusal(R"({"questions": ["a?"], "labels": [0, 1], "answers": [[1]]})"),
            "f: 2 labels for the answers of 1 samples");
  EXPECT_EQ(refusal(R"({"questions": ["a?"], "labels": [0], "answers": [[1, 1]]})"),
            "f: the answers of row 1 should be a list of 1 numbers, one for each question");
  EXPECT_EQ(refusal(R"({"questions": ["a?"], "answers": {"p": [1.5]}})"),
            "f: the answers of 'p' hold 1.5; probabilities of 'yes' from 0 to 1 would be right");
  EXPECT_EQ(refusal(R"({"questions": ["a?"], "answers": {"p": ["yes"]}})"),
            "f: the answers of 'p' hold string; probabilities of 'yes' from 0 to 1 would be right");
  EXPECT_NE(refusal(R"({"questions": ["a?"], "labels": [0], "answers": [[1e999]]})"), "");
}

TEST(AspectAnswers, DamagedFilesAreTakenOrRefused) {
  for (const std::string text : {ordered_answers, named_answers})
    tests::damage_everywhere(text, [](const std::string& damaged) { parse_aspect_answers(damaged, "f"); });
}

}  // namespace
}  // namespace retort::data
