#include "data/sets/segmentation_pairs.h"

#include <gtest/gtest.h>

#include "io/png.h"
#include "support/file_trees.h"
#include "support/hostile_input.h"

namespace retort::data {
namespace {

using tests::refusal_of;
using tests::tree_of;

std::string label_png(const std::vector<uint8_t>& values) {
  auto image = io::make_image(int(values.size()), 1, 1);
  image.pixels = values;
  return io::encode_png(image);
}

DatasetPtr two_classes(const std::vector<std::pair<std::string, std::string>>& files) {
  return make_segmentation_pairs(
      tree_of(files), {.pictures = "val", .labels = "valannot", .class_names = {"road", "sky"}, .void_label = 9});
}

TEST(SegmentationPairs, brings_void_to_its_class) {
  const auto set = two_classes({{"val/a.png", label_png({5, 6, 7, 8})}, {"valannot/a.png", label_png({0, 1, 9, 255})}});
  ASSERT_EQ(set->size(), 1);
  EXPECT_EQ(set->task(), Task::segmentation);
  EXPECT_EQ(set->sample(0).mask, (Picture{1, 1, 4, {0, 1, 255, 255}}));
}

TEST(SegmentationPairs, says_what_is_wrong) {
  EXPECT_EQ(refusal_of([] {
              two_classes({{"val/a.png", label_png({5})}});
            }),
            "set.tar:val/a.png: has no label map set.tar:valannot/a.png");
  EXPECT_EQ(refusal_of([] { two_classes({{"train/a.png", label_png({5})}}); }), "set.tar:val: holds no PNG or JPEG");
  const auto uneven = two_classes({{"val/a.png", label_png({5, 6})}, {"valannot/a.png", label_png({0})}});
  EXPECT_EQ(refusal_of([&] { uneven->sample(0); }), "set.tar:val/a.png: its label map is 1x1, the picture 2x1");
  const auto unknown = two_classes({{"val/a.png", label_png({5})}, {"valannot/a.png", label_png({2})}});
  EXPECT_EQ(refusal_of([&] { unknown->sample(0); }),
            "set.tar:valannot/a.png: holds class 2; there are classes 0 to 1, and 9 for void");
  const auto colour =
      two_classes({{"val/a.png", label_png({5})}, {"valannot/a.png", io::encode_png(io::make_image(1, 1, 3))}});
  EXPECT_NE(refusal_of([&] { colour->sample(0); }).find("a label map is a grey PNG"), std::string::npos);
}

}  // namespace
}  // namespace retort::data
