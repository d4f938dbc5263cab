#include "data/sets/idx.h"

#include <gtest/gtest.h>

#include "io/gzip.h"
#include "support/file_trees.h"
#include "support/hostile_input.h"
#include "support/idx_files.h"

namespace retort::data {
namespace {

using tests::idx_file;
using tests::refusal_of;
using tests::tree_of;

TEST(Idx, reads_pictures_and_labels) {
  const auto tree = tree_of({{"t10k-images-idx3-ubyte.gz", io::gzip(idx_file({2, 2, 3}, "abcdefABCDEF"))},
                             {"t10k-labels-idx1-ubyte", idx_file({2}, "\x01\x04")}});
  const auto set = open_idx(*tree, "test");
  ASSERT_EQ(set->size(), 2);
  EXPECT_EQ(set->class_names(), (std::vector<std::string>{"0", "1", "2", "3", "4"}));
  const Sample sample = set->sample(1);
  EXPECT_EQ(sample.label, 4);
  EXPECT_EQ(sample.image, (Picture{1, 2, 3, {'A', 'B', 'C', 'D', 'E', 'F'}}));
  EXPECT_EQ(set->sample_name(1), "set.tar:t10k-images-idx3-ubyte.gz, picture 1");
}

TEST(Idx, says_what_is_wrong) {
  const auto refusal = [](const std::string& bytes) {
    return refusal_of([&] { parse_idx(io::share_bytes(bytes), "x"); });
  };
  EXPECT_EQ(refusal(idx_file({2, 2, 2}, "1234567")),
            "x: its header says [2, 2, 2], its content is 7 bytes; the file is damaged or cut off, copy it again");
  EXPECT_NE(refusal(std::string("\0\0\x0d\1", 4)).find("no unsigned bytes"), std::string::npos);
  EXPECT_NE(refusal("PK\3\4").find("does not begin like an IDX file"), std::string::npos);
  // Sizes whose product overflows.
  EXPECT_NE(refusal(idx_file({0xffffffff, 0xffffffff, 0xffffffff}, "")).find("damaged"), std::string::npos);
  const std::string images = idx_file({2, 1, 1}, "ab");
  EXPECT_EQ(refusal_of([&] {
              open_idx(*tree_of({{"train-images-idx3-ubyte", images}, {"train-labels-idx1-ubyte", idx_file({1}, "a")}}),
                       "train");
            }),
            "set.tar:train-labels-idx1-ubyte: has shape [1], but there are 2 pictures");
  EXPECT_EQ(refusal_of([&] {
              open_idx(*tree_of({{"train-images-idx3-ubyte", images}}), "train");
            }),
            "set.tar: holds no train-labels-idx1-ubyte (or .gz)");
}

TEST(Idx, survives_damage_everywhere) {
  tests::damage_everywhere(idx_file({2, 2, 3}, "abcdefABCDEF"), [](const std::string& damaged) {
    const auto array = parse_idx(io::share_bytes(damaged), "damaged");
    EXPECT_EQ(uint64_t(array.count()), array.bytes().size());
  });
}

}  // namespace
}  // namespace retort::data
