#include "data/soft_labels/data_set_checksum.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "data/sets/subset.h"

namespace retort::data {
namespace {

class NamedSamples : public Dataset {
 public:
  NamedSamples(std::vector<std::string> names, std::vector<int64_t> labels, std::vector<std::string> classes)
      : names_(std::move(names)), labels_(std::move(labels)), classes_(std::move(classes)) {}

  int64_t size() const override { return int64_t(names_.size()); }
  const std::vector<std::string>& class_names() const override { return classes_; }
  int64_t label(int64_t index) const override { return labels_[size_t(index)]; }
  std::string sample_name(int64_t index) const override { return names_[size_t(index)]; }
  Sample sample(int64_t) const override { return {}; }

 private:
  std::vector<std::string> names_;
  std::vector<int64_t> labels_;
  std::vector<std::string> classes_;
};

TEST(DataSetChecksum, TellsSetsApartWhereverTheyLie) {
  const auto checksum = [](std::vector<std::string> names, std::vector<int64_t> labels,
                           std::vector<std::string> classes) {
    return data_set_checksum(NamedSamples(std::move(names), std::move(labels), std::move(classes)));
  };
  const auto usual = checksum({"/here/a.png", "/here/b.png"}, {0, 1}, {"cat", "dog"});
  EXPECT_EQ(usual.size(), 64U);
  EXPECT_EQ(usual, checksum({"there/a.png", "there/b.png"}, {0, 1}, {"cat", "dog"}));
  EXPECT_NE(usual, checksum({"/here/b.png", "/here/a.png"}, {0, 1}, {"cat", "dog"}));
  EXPECT_NE(usual, checksum({"/here/a.png", "/here/b.png"}, {1, 0}, {"cat", "dog"}));
  EXPECT_NE(usual, checksum({"/here/a.png", "/here/b.png"}, {0, 1}, {"cat", "fox"}));
  EXPECT_NE(usual, checksum({"/here/a.png"}, {0}, {"cat", "dog"}));
}

TEST(DataSetChecksum, TellsSubsetsApart) {
  std::vector<std::string> names;
  std::vector<int64_t> labels;
  for (int i = 0; i < 10; ++i) {
    names.push_back(fmt::format("{}.png", i));
    labels.push_back(i % 2);
  }
  const auto set = std::make_shared<NamedSamples>(names, labels, std::vector<std::string>{"a", "b"});
  EXPECT_NE(data_set_checksum(*set), data_set_checksum(*balanced_samples(set, 8)));
  EXPECT_EQ(data_set_checksum(*balanced_samples(set, 8)), data_set_checksum(*balanced_samples(set, 8)));
}

}  // namespace
}  // namespace retort::data
