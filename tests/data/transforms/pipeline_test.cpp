#include "data/transforms/pipeline.h"

#include <gtest/gtest.h>

#include <map>

#include "data/transforms/geometry.h"
#include "data/transforms/normalise.h"
#include "support/hostile_input.h"
#include "support/registered_transforms.h"

namespace retort::data {
namespace {

using tests::pipeline_of;
using tests::refusal_of;

// [1,height,width] of 10 * y + x + 1.
Picture ruler(int height, int width) {
  Picture picture = make_picture(1, height, width);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) picture.row(0, y)[x] = uint8_t(10 * y + x + 1);
  }
  return picture;
}

TEST(Geometry, crops_with_a_border) {
  const Picture picture = ruler(3, 3);
  EXPECT_EQ(crop_picture(picture, {1, 1, 2, 2}).pixels, (std::vector<uint8_t>{12, 13, 22, 23}));
  EXPECT_EQ(crop_picture(picture, {-1, 2, 2, 2}, 9).pixels, (std::vector<uint8_t>{9, 9, 3, 9}));
  EXPECT_EQ(crop_picture(picture, {5, 5, 1, 1}, 7).pixels, (std::vector<uint8_t>{7}));
  EXPECT_EQ(crop_picture(picture, {-5, -5, 2, 2}, 7).pixels, (std::vector<uint8_t>{7, 7, 7, 7}));
}

TEST(Geometry, moves_label_maps_and_boxes_along) {
  Sample sample{.image = ruler(4, 6), .mask = ruler(4, 6)};
  sample.boxes = {{.x_min = 1, .y_min = 1, .x_max = 3, .y_max = 2, .label = 5},
                  {.x_min = 0, .y_min = 3, .x_max = 1, .y_max = 4}};
  mirror_sample(sample);
  EXPECT_EQ(sample.image, sample.mask);
  EXPECT_EQ(sample.image.row(0, 0)[0], 6);
  EXPECT_EQ(sample.boxes[0], (Box{.x_min = 3, .y_min = 1, .x_max = 5, .y_max = 2, .label = 5}));
  crop_sample(sample, {-1, 4, 3, 3});
  EXPECT_EQ(sample.image.pixels, (std::vector<uint8_t>{0, 0, 0, 2, 1, 0, 12, 11, 0}));
  EXPECT_EQ(sample.mask.pixels, (std::vector<uint8_t>{255, 255, 255, 2, 1, 255, 12, 11, 255}));
  ASSERT_EQ(sample.boxes.size(), 1u);
  EXPECT_EQ(sample.boxes[0], (Box{.x_min = 0, .y_min = 2, .x_max = 1, .y_max = 3, .label = 5}));
}

TEST(Pipeline, crops_at_every_place_equally_often) {
  const Pipeline pipeline = pipeline_of({"random_crop(size=3, padding=1)"});
  std::map<std::vector<uint8_t>, int> seen;
  constexpr int draws = 9000;
  for (int i = 0; i < draws; ++i) {
    Sample sample{.image = ruler(3, 3)};
    pipeline.change_bytes(sample, RandomTree(1).child(uint64_t(i)));
    ++seen[sample.image.pixels];
  }
  EXPECT_EQ(seen.size(), 9u);
  for (const auto& [pixels, count] : seen) EXPECT_NEAR(count, draws / 9, 150);  // five standard deviations
}

TEST(Pipeline, mirrors_half_of_the_time) {
  const Pipeline half = pipeline_of({"flip"}), never = pipeline_of({"flip(0)"}),
                 always = pipeline_of({"flip(probability=1)"});
  int mirrored = 0;
  for (int i = 0; i < 4000; ++i) {
    Sample sample{.image = ruler(1, 2)}, still = sample, turned = sample;
    const RandomTree random = RandomTree(2).child(uint64_t(i));
    half.change_bytes(sample, random);
    never.change_bytes(still, random);
    always.change_bytes(turned, random);
    mirrored += sample.image.pixels[0] == 2;
    ASSERT_EQ(still.image.pixels[0], 1);
    ASSERT_EQ(turned.image.pixels[0], 2);
  }
  EXPECT_NEAR(mirrored, 2000, 160);
}

TEST(Pipeline, normalises_like_torchvision) {
  const Picture picture{3, 1, 1, {0, 128, 255}};
  std::vector<float> values(3);
  pipeline_of({"normalise"}, "cifar10_exact").write_floats(picture, RandomTree(0), values);
  EXPECT_EQ(values[0], (0.f - 0.4914f) / 0.2470f);
  EXPECT_EQ(values[1], (128.f / 255.f - 0.4822f) / 0.2435f);
  EXPECT_EQ(values[2], (1.f - 0.4465f) / 0.2616f);
  pipeline_of({"normalise(imagenet)"}, "cifar10").write_floats(picture, RandomTree(0), values);
  EXPECT_EQ(values[2], (1.f - 0.406f) / 0.225f);
  pipeline_of({"normalise(mean=0.5 0 0, stddev=1 2 4)"}).write_floats(picture, RandomTree(0), values);
  EXPECT_EQ(values, (std::vector<float>{-0.5f, 128.f / 255.f / 2, 0.25f}));
  pipeline_of({}).write_floats(picture, RandomTree(0), values);
  EXPECT_EQ(values, (std::vector<float>{0, 128.f / 255.f, 1}));
}

TEST(Pipeline, one_more_transform_disturbs_no_other) {
  const Pipeline alone = pipeline_of({"flip"}), beside = pipeline_of({"random_crop(size=2, padding=0)", "flip"});
  for (int i = 0; i < 50; ++i) {
    Sample one{.image = Picture{1, 2, 2, {1, 2, 1, 2}}}, two = one;
    alone.change_bytes(one, RandomTree(3).child(uint64_t(i)));
    beside.change_bytes(two, RandomTree(3).child(uint64_t(i)));
    ASSERT_EQ(one.image, two.image);
  }
}

TEST(Pipeline, tests_keep_what_draws_nothing) {
  const Pipeline tests = pipeline_of({"crop_pad_4", "flip", "normalise(half)"}).without_randomness();
  Sample sample{.image = Picture{1, 1, 1, {255}}};
  std::vector<float> values(1);
  tests.change_bytes(sample, RandomTree(0));
  tests.write_floats(sample.image, RandomTree(0), values);
  EXPECT_EQ(values[0], 1.f);
  EXPECT_FALSE(tests.is_random());
  EXPECT_TRUE(pipeline_of({"normalise(half)", "random_erasing"}).is_random());
  EXPECT_FALSE(Pipeline().is_random());
}

TEST(Pipeline, says_what_is_wrong) {
  EXPECT_NE(refusal_of([] { pipeline_of({"flop"}); }).find("unknown transform 'flop'; did you mean 'flip'?"),
            std::string::npos);
  EXPECT_EQ(refusal_of([] {
              pipeline_of({"normalise(half)", "flip"});
            }),
            "transform 'flip' changes bytes and must come before 'normalise', which changes floats");
  EXPECT_EQ(refusal_of([] { pipeline_of({"random_crop(size=0, pading=2)"}); }),
            "transform random_crop: size: 0 is outside [1, 65535]\n"
            "transform random_crop: pading: no such option; did you mean 'padding'?; it has size, padding, fill");
  EXPECT_NE(refusal_of([] { pipeline_of({"normalise(cifar)"}); }).find("'cifar' is none of"), std::string::npos);
  EXPECT_NE(refusal_of([] { pipeline_of({"normalise"}); }).find("a preset"), std::string::npos);
  for (const char* malformed : {"flip(", "flip)", "(1)", "flip(1))", "flip(=1)", "flip(probability=)", ""}) {
    EXPECT_NE(refusal_of([&] { pipeline_of({malformed}); }).find("written as name or name(key=value"),
              std::string::npos)
        << malformed;
  }
  EXPECT_NE(refusal_of([] { pipeline_of({"random_crop(size=2, size=3)"}); }).find("given twice"), std::string::npos);
  Sample small{.image = ruler(3, 3)};
  EXPECT_NE(refusal_of([&] {
              pipeline_of({"random_crop(size=32, padding=4)"}).change_bytes(small, RandomTree(0));
            }).find("no room for a crop of 32"),
            std::string::npos);
  std::vector<float> values(9);
  EXPECT_EQ(refusal_of([&] { pipeline_of({"normalise(cifar10)"}).write_floats(ruler(3, 3), RandomTree(0), values); }),
            "normalise: mean and stddev have 3 numbers, the picture 1 channels");
}

}  // namespace
}  // namespace retort::data
