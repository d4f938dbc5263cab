// Random transforms held to their published distributions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "data/transforms/augmentation_policies.h"
#include "data/transforms/pipeline.h"
#include "data/transforms/random_erasing.h"
#include "data/transforms/random_resized_crop.h"
#include "support/hostile_input.h"
#include "support/registered_transforms.h"

namespace retort::data {
namespace {

using tests::pipeline_of;
using tests::refusal_of;

Picture noise(int channels, int height, int width, uint64_t key = 7) {
  Picture picture = make_picture(channels, height, width);
  RandomGenerator generator(key);
  for (auto& pixel : picture.pixels) pixel = uint8_t(generator.bits());
  return picture;
}

TEST(RandomResizedCrop, draws_area_and_ratio_as_published) {
  RandomGenerator random(1);
  constexpr int draws = 20000;
  double area = 0, log_ratio = 0, log_ratio_squared = 0;
  for (int i = 0; i < draws; ++i) {
    // Large and with room on all sides: rejections and rounding hardly count.
    const Window window = draw_crop_window(4000, 4000, WindowRange{.scale_min = 0.08, .scale_max = 0.5}, random);
    ASSERT_GE(window.top, 0);
    ASSERT_GE(window.left, 0);
    ASSERT_LE(window.top + window.height, 4000);
    ASSERT_LE(window.left + window.width, 4000);
    area += double(window.height) * window.width / (4000.0 * 4000);
    const double ratio = std::log(double(window.width) / window.height);
    ASSERT_LE(std::abs(ratio), std::log(4.0 / 3) + 0.002);
    log_ratio += ratio;
    log_ratio_squared += ratio * ratio;
  }
  EXPECT_NEAR(area / draws, 0.29, 0.005);
  EXPECT_NEAR(log_ratio / draws, 0, 0.008);
  EXPECT_NEAR(log_ratio_squared / draws, std::pow(std::log(4.0 / 3), 2) / 3, 0.001);  // of a uniform distribution
}

TEST(RandomResizedCrop, falls_back_to_the_middle) {
  RandomGenerator random(1);
  // All of a picture twice as wide as high has a ratio that is not allowed.
  EXPECT_EQ(draw_crop_window(30, 90, WindowRange{.scale_min = 1, .scale_max = 1}, random), (Window{0, 25, 30, 40}));
  EXPECT_EQ(draw_crop_window(90, 30, WindowRange{.scale_min = 1, .scale_max = 1}, random), (Window{25, 0, 40, 30}));
}

TEST(RandomResizedCrop, gives_one_size) {
  Sample sample{.image = noise(3, 50, 70), .mask = noise(1, 50, 70)};
  pipeline_of({"random_resized_crop(size=32)"}).change_bytes(sample, RandomTree(3));
  EXPECT_EQ(sample.image.height, 32);
  EXPECT_EQ(sample.image.width, 32);
  EXPECT_EQ(sample.mask.width, 32);
  EXPECT_NE(refusal_of([] {
              pipeline_of({"random_resized_crop(scale_min=0.5, scale_max=0.2)"});
            }).find("is larger than scale_max"),
            std::string::npos);
}

TEST(Resize, keeps_the_ratio_or_not) {
  Sample sample{.image = noise(3, 60, 91), .mask = noise(1, 60, 91)};
  sample.boxes = {{.x_min = 91, .y_min = 0, .x_max = 91, .y_max = 30}};
  Sample fixed = sample;
  pipeline_of({"resize(30)"}).change_bytes(sample, RandomTree(0));
  EXPECT_EQ(sample.image.height, 30);
  EXPECT_EQ(sample.image.width, 45);
  EXPECT_EQ(sample.mask.width, 45);
  EXPECT_FLOAT_EQ(sample.boxes[0].x_max, 45);
  EXPECT_FLOAT_EQ(sample.boxes[0].y_max, 15);
  pipeline_of({"resize(size=10, width=20)"}).change_bytes(fixed, RandomTree(0));
  EXPECT_EQ(fixed.image.height, 10);
  EXPECT_EQ(fixed.image.width, 20);
}

TEST(RandomErasing, erases_half_of_the_pictures_by_a_fitting_part) {
  const Pipeline pipeline = pipeline_of({"random_erasing"});
  const Picture white{1, 64, 64, std::vector<uint8_t>(64 * 64, 255)};
  int erased = 0;
  constexpr int draws = 2000;
  for (int i = 0; i < draws; ++i) {
    std::vector<float> values(64 * 64);
    pipeline.write_floats(white, RandomTree(4).child(uint64_t(i)), values);
    const auto zeros = double(std::count(values.begin(), values.end(), 0.f)) / (64 * 64);
    if (zeros == 0) continue;
    ++erased;
    ASSERT_GE(zeros, 0.015);
    ASSERT_LE(zeros, 0.34);
  }
  EXPECT_NEAR(erased, draws / 2, 110);  // five standard deviations
  std::vector<float> values(64 * 64);
  pipeline_of({"random_erasing(probability=1, with=noise)"}).write_floats(white, RandomTree(5), values);
  EXPECT_GT(std::count_if(values.begin(), values.end(), [](float value) { return value < 0; }), 10);
}

TEST(ColourJitter, stays_within_its_factors) {
  const Pipeline pipeline = pipeline_of({"colour_jitter(brightness=0.4, contrast=0, saturation=0)"});
  double lowest = 255, highest = 0;
  for (int i = 0; i < 2000; ++i) {
    Sample sample{.image = Picture{3, 1, 1, {100, 100, 100}}};
    pipeline.change_bytes(sample, RandomTree(6).child(uint64_t(i)));
    lowest = std::min<double>(lowest, sample.image.pixels[0]);
    highest = std::max<double>(highest, sample.image.pixels[0]);
  }
  EXPECT_NEAR(lowest, 60, 1);
  EXPECT_NEAR(highest, 139.5, 1);
}

TEST(PolicyOperations, have_the_published_ends) {
  const Picture picture = noise(3, 40, 331);
  const auto changed = [&](PolicyOperation operation, int step, bool negative = false) {
    Picture copy = picture;
    apply_operation(operation, step, 10, negative, copy);
    return copy;
  };
  // Without magnitude nothing happens, but for a threshold of 255, which turns white black.
  for (int i = 0; i < policy_operations - 4; ++i) EXPECT_EQ(changed(PolicyOperation(i), 0), picture) << i;
  const Picture shifted = changed(PolicyOperation::translate_x, 9);
  EXPECT_EQ(shifted.row(1, 3)[149], 0);
  EXPECT_TRUE(std::equal(picture.row(1, 3), picture.row(1, 3) + 181, shifted.row(1, 3) + 150));
  const Picture back = changed(PolicyOperation::translate_x, 9, true);
  EXPECT_TRUE(std::equal(picture.row(2, 39) + 150, picture.row(2, 39) + 331, back.row(2, 39)));
  for (const uint8_t value : changed(PolicyOperation::posterise, 9).pixels) ASSERT_EQ(value & 0x0f, 0);
  EXPECT_EQ(changed(PolicyOperation::solarise, 9), changed(PolicyOperation::invert, 0));
  EXPECT_EQ(changed(PolicyOperation::brightness, 9, true).pixels[5], uint8_t(float(picture.pixels[5]) * 0.1f));
}

TEST(RandAugment, applies_as_many_operations_as_it_says) {
  const Pipeline none = pipeline_of({"rand_augment(operations=0)"}), usual = pipeline_of({"rand_augment"});
  int unchanged = 0;
  constexpr int draws = 1400;
  for (int i = 0; i < draws; ++i) {
    Sample still{.image = noise(3, 16, 16)}, changed = still;
    none.change_bytes(still, RandomTree(8).child(uint64_t(i)));
    usual.change_bytes(changed, RandomTree(8).child(uint64_t(i)));
    ASSERT_EQ(still.image, noise(3, 16, 16));
    unchanged += changed.image == still.image;
  }
  // Identity, and stretching or posterising to 7 bits of noise that fills the range already, may leave a picture as it
  // is: identity twice at least has 1 in 196.
  EXPECT_GT(unchanged, draws / 196 / 3);
  EXPECT_LT(unchanged, draws / 10);
  EXPECT_NE(refusal_of([] { pipeline_of({"rand_augment(magnitude=31)"}); }).find("31 is not below bins, 31"),
            std::string::npos);
}

TEST(AutoAugment, has_25_sub_policies_with_probabilities) {
  for (const auto policy : {LearnedPolicy::cifar10, LearnedPolicy::imagenet}) {
    double sum = 0;
    ASSERT_EQ(learned_policy(policy).size(), 25u);
    for (const auto& [first, second] : learned_policy(policy)) {
      for (const auto& step : {first, second}) {
        EXPECT_LE(step.magnitude, 9);
        EXPECT_LE(step.probability, 1);
        sum += step.probability;
      }
    }
    // Sums of the probabilities in the paper's tables.
    EXPECT_NEAR(sum, policy == LearnedPolicy::cifar10 ? 26.5 : 31.0, 1e-9);
  }
}

TEST(AutoAugment, changes_most_pictures) {
  for (const char* call : {"auto_augment(cifar10)", "auto_augment(imagenet)"}) {
    const Pipeline pipeline = pipeline_of({call});
    int changed = 0;
    for (int i = 0; i < 500; ++i) {
      Sample sample{.image = noise(3, 16, 16)};
      pipeline.change_bytes(sample, RandomTree(9).child(uint64_t(i)));
      changed += sample.image != noise(3, 16, 16);
    }
    EXPECT_GT(changed, 300) << call;
  }
}

}  // namespace
}  // namespace retort::data
