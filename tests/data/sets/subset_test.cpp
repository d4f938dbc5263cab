#include "data/sets/subset.h"

#include <gtest/gtest.h>

#include "data/sets/memory_set.h"
#include "support/hostile_input.h"

namespace retort::data {
namespace {

using tests::refusal_of;

// One pixel a picture: its number.
DatasetPtr numbered(const std::vector<int64_t>& labels, std::vector<std::string> classes) {
  std::string pixels;
  for (size_t i = 0; i < labels.size(); ++i) pixels += char(i);
  MemorySetParts parts{.channels = 1, .height = 1, .width = 1, .labels = labels, .class_names = std::move(classes)};
  parts.runs.push_back({"numbers", io::share_bytes(pixels), 1, int64_t(labels.size())});
  return make_memory_set(std::move(parts));
}

std::vector<int> numbers_of(const Dataset& set) {
  std::vector<int> numbers;
  for (int64_t i = 0; i < set.size(); ++i) numbers.push_back(set.sample(i).image.pixels[0]);
  return numbers;
}

using Numbers = std::vector<int>;

TEST(Subset, takes_the_first_or_balanced_samples) {
  const auto set = numbered({0, 0, 0, 1, 2, 1, 2, 2}, {"a", "b", "c"});
  EXPECT_EQ(numbers_of(*first_samples(set, 2)), (Numbers{0, 1}));
  EXPECT_EQ(first_samples(set, 100)->size(), 8);
  EXPECT_EQ(numbers_of(*balanced_samples(set, 6)), (Numbers{0, 1, 3, 4, 5, 6}));
  EXPECT_EQ(numbers_of(*balanced_samples(set, 4)), (Numbers{0, 1, 3, 4}));
  EXPECT_EQ(numbers_of(*samples_per_class(set, 1)), (Numbers{0, 3, 4}));
  EXPECT_EQ(refusal_of([&] { balanced_samples(set, 9); }),
            "9 samples, equally many of each class, need 3 of class 'b', which has 2");
}

TEST(Subset, holds_out_the_last_samples_of_each_class) {
  const auto set = numbered({0, 0, 0, 1, 2, 1, 2, 2}, {"a", "b", "c"});
  const auto parts = hold_out(set, 4);
  EXPECT_EQ(numbers_of(*parts.held_out), (Numbers{1, 2, 5, 7})) << "two of a, one of b and c";
  EXPECT_EQ(numbers_of(*parts.rest), (Numbers{0, 3, 4, 6}));
  EXPECT_EQ(refusal_of([&] { hold_out(set, 5); }), "5 samples can't be held out: of class 'b' there are 2");
}

TEST(Subset, renumbers_chosen_classes) {
  const auto set = numbered({0, 1, 2, 1}, {"a", "b", "c"});
  const auto chosen = choose_classes(set, {"c", "b"});
  EXPECT_EQ(numbers_of(*chosen), (Numbers{1, 2, 3}));
  EXPECT_EQ(chosen->class_names(), (std::vector<std::string>{"c", "b"}));
  EXPECT_EQ(chosen->label(0), 1);
  EXPECT_EQ(chosen->sample(1).label, 0);
  EXPECT_EQ(chosen->sample_name(2), "numbers, picture 3");
  EXPECT_NE(refusal_of([&] { choose_classes(set, {"d"}); }).find("unknown class 'd'"), std::string::npos);
  EXPECT_EQ(refusal_of([&] { choose_classes(set, {"a", "a"}); }), "class 'a' is named twice");
}

TEST(Subset, merges_classes_by_their_numbers_remainder) {
  const auto set = merge_classes(numbered({0, 1, 2, 3, 4}, {"a", "b", "c", "d", "e"}), 2);
  EXPECT_EQ(set->class_names(), (std::vector<std::string>{"a and 2 more", "b and 1 more"}));
  for (int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(set->label(i), i % 2);
    EXPECT_EQ(set->sample(i).label, i % 2);
  }
  EXPECT_EQ(merge_classes(numbered({0, 1}, {"a", "b"}), 2)->class_names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(refusal_of([&] {
              merge_classes(numbered({0, 1}, {"a", "b"}), 3);
            }),
            "2 classes can't be merged into 3; from 2 to 2 would be right");
}

TEST(Subset, thins_out_exponentially) {
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < 200; ++i) labels.push_back(i % 2);
  const auto thin = long_tailed_samples(numbered(labels, {"a", "b"}), 10);
  EXPECT_EQ(thin->size(), 110);
  EXPECT_EQ(refusal_of([&] { long_tailed_samples(thin, 0.5); }),
            "imbalance 0.5: the largest class over the smallest, at least 1");
}

}  // namespace
}  // namespace retort::data
