#include "data/sets/resolution_pairs.h"

#include <gtest/gtest.h>

#include "io/png.h"
#include "support/file_trees.h"
#include "support/hostile_input.h"
#include "support/jpeg_writer.h"

namespace retort::data {
namespace {

using tests::refusal_of;
using tests::sample_picture;
using tests::tree_of;

std::string pair_png(int width, int height) { return io::encode_png(sample_picture(width, height, 3)); }

TEST(ResolutionPairs, are_found_by_both_ways_of_naming) {
  const auto set = open_resolution_pairs(tree_of({{"Set/HR/a.png", pair_png(8, 6)},
                                                  {"Set/LR_x2/a.png", pair_png(4, 3)},
                                                  {"Set/HR/b.png", pair_png(4, 4)},
                                                  {"Set/LR_x2/bx2.png", pair_png(2, 2)}}),
                                         "Set/x2");
  ASSERT_EQ(set->size(), 2);
  EXPECT_EQ(set->task(), Task::super_resolution);
  EXPECT_EQ(set->sample_name(1), "set.tar:Set/LR_x2/bx2.png");
  const Sample sample = set->sample(0);
  EXPECT_EQ(sample.image, to_planes(sample_picture(4, 3, 3)));
  EXPECT_EQ(sample.detail, to_planes(sample_picture(8, 6, 3)));
  EXPECT_EQ(
      open_resolution_pairs(tree_of({{"HR/a.png", pair_png(8, 8)}, {"LR_x4/a.png", pair_png(2, 2)}}), "x4")->size(), 1);
}

TEST(ResolutionPairs, say_what_is_wrong) {
  const auto tree =
      tree_of({{"HR/a.png", pair_png(8, 6)}, {"LR_x2/a.png", pair_png(4, 3)}, {"LR_x3/a.png", pair_png(2, 2)}});
  EXPECT_EQ(refusal_of([&] { open_resolution_pairs(tree, "x4"); }),
            "set.tar:HR/a.png: has no small picture set.tar:LR_x4/a.png");
  EXPECT_EQ(refusal_of([&] { open_resolution_pairs(tree, "x3")->sample(0); }),
            "set.tar:LR_x3/a.png: is 2x2, and set.tar:HR/a.png is 8x6; 3 times as large is expected");
  EXPECT_EQ(refusal_of([&] { open_resolution_pairs(tree, "Set5/x2"); }), "set.tar:Set5/HR: holds no PNG or JPEG");
  for (const std::string split : {"", "x", "x1", "x9", "x22", "4", "Set5", "x2/"}) {
    EXPECT_NE(refusal_of([&] { open_resolution_pairs(tree, split); }).find("ends in no factor"), std::string::npos);
  }
}

}  // namespace
}  // namespace retort::data
