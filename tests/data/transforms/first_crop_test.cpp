// Samples decoded for what comes first: the same bytes as those of whole pictures.
#include <gtest/gtest.h>

#include <cmath>

#include "data/sets/image_folder.h"
#include "data/sets/subset.h"
#include "support/file_trees.h"
#include "support/hostile_input.h"
#include "support/jpeg_writer.h"
#include "support/registered_transforms.h"

namespace retort::data {
namespace {

using tests::jpeg_of;
using tests::pipeline_of;
using tests::sample_picture;

const Dataset& photos() {
  static const DatasetPtr set =
      make_image_folder(tests::tree_of({{"a/colour.jpg", jpeg_of(sample_picture(203, 151, 3))},
                                        {"a/turned.jpg", jpeg_of(sample_picture(90, 120, 3), {.exif_rotation = 6})},
                                        {"b/grey.jpg", jpeg_of(sample_picture(160, 120, 1))},
                                        {"b/slow.jpg", jpeg_of(sample_picture(180, 140, 3), {.progressive = true})}}),
                        "");
  return *set;
}

Sample decoded_for(const Dataset& set, int64_t index, const Pipeline& pipeline, const RandomTree& random,
                   DecodeScale scale) {
  return set.sample_part(index, [&](const io::ImageSize& whole) { return part_for(pipeline, whole, random, scale); });
}

double mean_difference(const Picture& a, const Picture& b) {
  double sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(int(a.pixels[i]) - int(b.pixels[i]));
  return sum / double(a.pixels.size());
}

TEST(FirstCrop, changes_no_byte_of_any_pipeline) {
  int smaller = 0;
  for (const std::vector<std::string>& calls : {std::vector<std::string>{"random_resized_crop(size=40)", "flip"},
                                                {"random_crop(size=60, padding=9, fill=7)"},
                                                {"centre_crop(50)"},
                                                {"centre_crop(300)"},
                                                {"resize(30)", "centre_crop(24)"},
                                                {"flip", "centre_crop(20)"},
                                                {},
                                                {"random_resized_crop(size=20, filter=bicubic)"}}) {
    const Pipeline pipeline = pipeline_of(calls);
    for (int i = 0; i < 24; ++i) {
      const int64_t index = i % photos().size();
      const RandomTree random = RandomTree(5).child(uint64_t(i));
      Sample whole = photos().sample(index);
      Sample part = decoded_for(photos(), index, pipeline, random, DecodeScale::none);
      if (part.image.pixels.size() < whole.image.pixels.size()) ++smaller;
      EXPECT_EQ(whole_size(part), whole_size(whole));
      EXPECT_EQ(part.label, whole.label);
      pipeline.change_bytes(whole, random);
      pipeline.change_bytes(part, random);
      EXPECT_EQ(part.image, whole.image) << (calls.empty() ? "" : calls[0]) << " " << i;
      EXPECT_EQ(part.view.whole_width, 0);
    }
  }
  EXPECT_GT(smaller, 50);  // else nothing was tested
}

TEST(FirstCrop, at_a_smaller_scale_differs_little_and_decodes_less) {
  const Pipeline pipeline = pipeline_of({"random_resized_crop(size=30, scale_min=0.6)", "flip"});
  int smaller = 0;
  for (int i = 0; i < 24; ++i) {
    const int64_t index = i % photos().size();
    const RandomTree random = RandomTree(5).child(uint64_t(i));
    Sample exact = decoded_for(photos(), index, pipeline, random, DecodeScale::none);
    Sample scaled = decoded_for(photos(), index, pipeline, random, DecodeScale::automatic);
    if (scaled.image.pixels.size() * 3 < exact.image.pixels.size()) ++smaller;
    EXPECT_EQ(whole_size(scaled), whole_size(exact));
    pipeline.change_bytes(exact, random);
    pipeline.change_bytes(scaled, random);
    ASSERT_EQ(scaled.image.height, 30);
    ASSERT_EQ(scaled.image.width, 30);
    EXPECT_LT(mean_difference(scaled.image, exact.image), 4) << i;
  }
  EXPECT_GE(smaller, 15);
}

TEST(FirstCrop, never_scales_below_what_is_needed) {
  EXPECT_EQ(least_scale(800, 800, 100, 100), 1);
  EXPECT_EQ(least_scale(799, 800, 100, 100), 2);
  EXPECT_EQ(least_scale(800, 399, 100, 100), 4);
  EXPECT_EQ(least_scale(200, 200, 100, 100), 4);
  EXPECT_EQ(least_scale(200, 199, 100, 100), 8);
  EXPECT_EQ(least_scale(50, 50, 100, 100), 8);
  EXPECT_EQ(least_scale(1, 1, 1, 1), 8);
  EXPECT_EQ(least_scale(65535, 65535, 65535, 65535), 8);
  // A crop is no resize: its pixels are kept.
  const Pipeline crop = pipeline_of({"centre_crop(20)"});
  EXPECT_EQ(part_for(crop, {200, 100}, RandomTree(1), DecodeScale::automatic).eighths, 8);
  const Pipeline resize = pipeline_of({"resize(20)"});
  EXPECT_EQ(part_for(resize, {200, 100}, RandomTree(1), DecodeScale::automatic).eighths, 2);
  EXPECT_EQ(part_for(resize, {200, 100}, RandomTree(1), DecodeScale::none).eighths, 8);
}

TEST(FirstCrop, reaches_through_subsets) {
  const auto whole = make_image_folder(tests::tree_of({{"a/1.jpg", jpeg_of(sample_picture(64, 64, 3))},
                                                       {"b/2.jpg", jpeg_of(sample_picture(64, 64, 3))}}),
                                       "");
  const auto chosen = choose_classes(whole, {"b"});
  const Sample part = decoded_for(*chosen, 0, pipeline_of({"centre_crop(8)"}), RandomTree(1), DecodeScale::none);
  EXPECT_EQ(part.image.width, 8);
  EXPECT_EQ(part.label, 0);
}

TEST(FirstCrop, refuses_as_the_transform_does) {
  const Pipeline pipeline = pipeline_of({"random_crop(size=500)"});
  EXPECT_NE(tests::refusal_of([&] {
              decoded_for(photos(), 0, pipeline, RandomTree(1), DecodeScale::none);
            }).find("has no room for a crop of 500"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::data
