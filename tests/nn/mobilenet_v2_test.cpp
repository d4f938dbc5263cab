#include "nn/mobilenet_v2.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <sstream>

#include "core/errors.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "io/image.h"
#include "support/shared_data.h"

namespace retort::nn {
namespace {

constexpr MobileNetV2Options tiny_backbone = {.width = 0.125, .channel_divisor = 4, .output_stride = 32, .classes = 5};

TEST(MobileNetV2, ChannelsAreRoundedAsInTheOriginal) {
  EXPECT_EQ(mobilenet_channels(24, {.width = 1.0}), 24);
  EXPECT_EQ(mobilenet_channels(24, {.width = 0.5}), 16);  // to the nearest 8: 12 -> 16
  EXPECT_EQ(mobilenet_channels(24, {.width = 0.5, .channel_divisor = 4}), 12);
  EXPECT_EQ(mobilenet_channels(16, {.width = 0.35}), 8);   // at least the divisor
  EXPECT_EQ(mobilenet_channels(32, {.width = 0.35}), 16);  // 8 would be more than 10 % down
}

TEST(MobileNetV2, MapsHaveTheirStrides) {
  for (const int64_t stride : {8, 16, 32}) {
    auto options = tiny_backbone;
    options.output_stride = stride;
    InitialisingSource source{RandomTree(0)};
    const auto map = mobilenet_v2_blocks(Scope(source), at::zeros({1, 3, 65, 97}), options);
    EXPECT_EQ(map.size(1), mobilenet_channels(320, options));
    EXPECT_EQ(map.size(2), 64 / stride + 1);
    EXPECT_EQ(map.size(3), 96 / stride + 1);
  }
  InitialisingSource source{RandomTree(0)};
  EXPECT_THROW(mobilenet_v2_blocks(Scope(source), at::zeros({1, 3, 33, 33}), {.output_stride = 4}), Fault);
}

TEST(MobileNetV2, DilatedMapHoldsTheStridedOne) {
  // What is dilated instead of reduced gives the strided values at every second sample (odd sizes, away from borders
  // all the same: zeros lie outside in both).
  InitialisingSource source{RandomTree(5)};
  const auto image = at::sin(at::arange(3 * 65 * 65, at::kFloat)).view({1, 3, 65, 65});
  auto strided = tiny_backbone, dilated = tiny_backbone;
  dilated.output_stride = 16;
  const auto coarse = mobilenet_v2_blocks(Scope(source), image, strided);
  const auto fine = mobilenet_v2_blocks(Scope(source), image, dilated);
  EXPECT_EQ(fine.size(2), 5);
  EXPECT_TRUE(at::allclose(fine.slice(2, 0, 5, 2).slice(3, 0, 5, 2), coarse, 1e-4, 1e-5));
}

TEST(MobileNetV2, ClassifierGivesLogitsAndOptionsComeFromWeights) {
  InitialisingSource source{RandomTree(0)};
  const auto logits = mobilenet_v2(Scope(source), at::zeros({2, 3, 33, 47}), {.width = 0.5, .classes = 7});
  EXPECT_EQ(logits.sizes(), (std::vector<int64_t>{2, 7}));
  const auto weights = source.take();
  EXPECT_EQ(weights.parameters.size(), 2u * 53);
  const auto options = mobilenet_v2_options_of(weights);
  EXPECT_EQ(options.width, 0.5);
  EXPECT_EQ(options.classes, 7);
  EXPECT_THROW(mobilenet_v2_options_of({}), UserError);
}

TEST(MobileNetV2Slow, RecognisesPhotos) {
  const auto weights_file = tests::shared_data("data/weights_imagenet_mobilenet/mobilenet_v2_1.0_224.safetensors");
  const auto samples = tests::shared_data("data/imagenet_samples");
  if (!weights_file || !samples) GTEST_SKIP() << "needs shared data";
  const auto weights = load_weights(*weights_file);
  const auto options = mobilenet_v2_options_of(weights);
  // Every 10th of the 250 photos; all 250 give 88.8 %.
  std::istringstream table(io::read_whole_file(*samples / "labels.csv", 1 << 20));
  std::string line;
  std::getline(table, line);
  int seen = 0, right = 0;
  for (int row = 0; std::getline(table, line); ++row) {
    if (row % 10 != 0) continue;
    const auto cells = split(line, ',');
    const auto photo = io::read_image(*samples / cells.at(0));
    auto pixels = at::from_blob(const_cast<uint8_t*>(photo.pixels.data()), {256, 256, 3}, at::kByte);
    const auto image = pixels.slice(0, 16, 240).slice(1, 16, 240).permute({2, 0, 1}).unsqueeze(0).to(at::kFloat);
    const at::NoGradGuard no_gradients;
    GivenSource source(weights);
    const auto logits = mobilenet_v2(Scope(source), image / 127.5 - 1, options);
    EXPECT_TRUE(source.unused().empty());
    right += logits.argmax().item<int64_t>() == std::stoll(cells.at(1)) + 1;
    ++seen;
  }
  EXPECT_EQ(seen, 25);
  EXPECT_GE(right, 20) << "of 25";
}

}  // namespace
}  // namespace retort::nn
