#include "distil/field/teachers/vocabulary.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "distil/field/teachers/feature_basis.h"
#include "io/atomic_file.h"
#include "io/npy.h"
#include "io/tensor/tensor_io.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

Vocabulary two_words() {
  Vocabulary vocabulary;
  vocabulary.add("dog", at::tensor({0.0F, 3.0F, 4.0F}));
  vocabulary.add("cat", at::tensor({1.0, 0.0, 0.0}, at::kDouble));
  return vocabulary;
}

TEST(Vocabulary, SavedFolderIsReadBackInAlphabeticalOrder) {
  const tests::TemporaryFolder folder;
  two_words().save(folder / "words");
  io::write_whole_file(folder / "words/classes.json", "{}");
  const auto read = Vocabulary::load(folder / "words");
  EXPECT_EQ(read.names(), (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(read.channels(), 3);
  EXPECT_TRUE(at::equal(read.direction("dog"), at::tensor({0.0F, 3.0F, 4.0F})));
  EXPECT_TRUE(at::equal(read.matrix(), two_words().matrix()));
}

TEST(Vocabulary, SafetensorsAndListingsAreRead) {
  const tests::TemporaryFolder folder;
  io::save_safetensors(folder / "words.safetensors", {{"dog", at::ones({2}, at::kHalf)}});
  EXPECT_TRUE(Vocabulary::load(folder / "words.safetensors").has("dog"));
  io::write_npy(folder / "cat.npy", io::to_array(at::ones({2})));
  io::write_whole_file(folder / "words.json", R"({"dog": [1, 0.5], "cat": "cat.npy"})");
  const auto listed = Vocabulary::load(folder / "words.json");
  EXPECT_EQ(listed.size(), 2);
  EXPECT_TRUE(at::equal(listed.direction("dog"), at::tensor({1.0F, 0.5F})));
}

TEST(Vocabulary, UnknownWordsAreAnsweredWithTheNearest) {
  const auto message = tests::user_error_of([] { two_words().direction("dig"); });
  EXPECT_EQ(message, "vocabulary: unknown word 'dig'; did you mean 'dog'?; it has cat, dog");
}

TEST(Vocabulary, DamagedVocabulariesAreRefused) {
  const tests::TemporaryFolder folder;
  const auto refused = [&](const std::string& content) {
    io::write_whole_file(folder / "words.json", content);
    return tests::user_error_of([&] { Vocabulary::load(folder / "words.json"); });
  };
  EXPECT_NE(refused(R"({"a": [1, 2], "b": [1]})").find("'b' has 1 values, 'a' has 2"), std::string::npos);
  EXPECT_NE(refused(R"({"a": [0, 0]})").find("all zeros"), std::string::npos);
  EXPECT_NE(refused(R"({"a": [1, "x"]})").find("neither a list of numbers"), std::string::npos);
  EXPECT_NE(refused(R"({"a": []})").find("one floating vector"), std::string::npos);
  EXPECT_NE(refused(R"([1])").find("a vocabulary is an object"), std::string::npos);
  EXPECT_NE(refused("{}").find("holds no words"), std::string::npos);
  EXPECT_NE(refused(R"({"a": "absent.npy"})").find("absent.npy"), std::string::npos);
  EXPECT_NE(tests::user_error_of([&] { Vocabulary::load(folder / "words.txt"); }).find("a vocabulary is a folder"),
            std::string::npos);
  Vocabulary odd;
  odd.add("../dog", at::ones({2}));
  EXPECT_NE(tests::user_error_of([&] { odd.save(folder.path()); }).find("can't be a file's name"), std::string::npos);
}

TEST(Vocabulary, WordsGoIntoTheReducedSpace) {
  const FeatureBasis basis{at::eye(3).slice(1, 1, 3).contiguous(), 1};
  const auto reduced = two_words().reduced(basis);
  EXPECT_TRUE(at::equal(reduced.direction("dog"), at::tensor({3.0F, 4.0F})));
  Vocabulary other;
  other.add("dog", at::ones({5}));
  EXPECT_NE(tests::user_error_of([&] { other.reduced(basis); }).find("words of 5 channels"), std::string::npos);
}

TEST(Vocabulary, IsFoundBesideTheMapsOrInTheScene) {
  const tests::TemporaryFolder scene;
  const auto maps = scene / "maps";
  EXPECT_FALSE(find_vocabulary(scene.path(), maps, "auto").has_value());
  std::filesystem::create_directory(scene / "vocabulary");
  EXPECT_EQ(find_vocabulary(scene.path(), maps, "auto"), scene / "vocabulary");
  std::filesystem::create_directories(maps / "vocabulary");
  EXPECT_EQ(find_vocabulary(scene.path(), maps, "auto"), maps / "vocabulary");
  EXPECT_NE(tests::user_error_of([&] { find_vocabulary(scene.path(), maps, "words"); }).find("no such vocabulary"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::field
