#include "distil/field/teachers/teacher_network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"
#include "tiny_teacher.h"

namespace retort::field {
namespace {

at::Tensor wavy_image(int64_t height, int64_t width) {
  return at::sin(at::arange(3 * height * width, at::kFloat) / 50).view({1, 3, height, width});
}

TEST(TeacherNetwork, InputSidesAreMultiplesOf16AndOne) {
  EXPECT_EQ(network_input_size({533, 948}, 513), (PixelSize{289, 513}));
  EXPECT_EQ(network_input_size({1000, 1000}, 513), (PixelSize{513, 513}));
  EXPECT_EQ(network_input_size({1000, 10}, 513), (PixelSize{513, 17}));
  EXPECT_EQ(network_input_size({96, 72}, 500), (PixelSize{497, 369}));
}

TEST(TeacherNetwork, InputIsScaledToMinusOneToOne) {
  auto photo = io::make_image(2, 2, 3);
  photo.pixels = {255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0};
  const auto reduced = network_input(photo, {1, 1});
  EXPECT_TRUE(at::equal(reduced.flatten(), at::tensor({1.0F, -1.0F, -1.0F})));
  photo.at(1, 0)[0] = 0;
  const auto enlarged = network_input(photo, {3, 3});
  EXPECT_EQ(enlarged.sizes(), (std::vector<int64_t>{1, 3, 3, 3}));
  EXPECT_FLOAT_EQ(enlarged[0][0][0][0].item<float>(), 1);
  EXPECT_FLOAT_EQ(enlarged[0][0][0][1].item<float>(), 0);
  EXPECT_FLOAT_EQ(enlarged[0][0][0][2].item<float>(), -1);
}

TEST(TeacherNetwork, DeepLabWordsTimesFeaturesAreMarginsOfItsScores) {
  const tests::TemporaryFolder folder;
  tests::write_tiny_deeplab(folder / "net.safetensors", 1);
  const auto network = make_teacher_network(TeacherNetworkKind::deeplab_v3, folder / "net.safetensors");
  const auto maps = network->run(wavy_image(33, 49));
  ASSERT_EQ(maps.size(), 2u);
  EXPECT_EQ(maps[0].sizes(), (std::vector<int64_t>{8, 3, 4}));
  const auto words = network->words();
  ASSERT_EQ(words.size(), 4u);
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(words[i].name, "class_" + std::to_string(i));
    EXPECT_NEAR(words[i].direction.norm().item<float>(), 1, 1e-5);
    const auto margin =
        words[i].norm * at::matmul(words[i].direction.to(at::kFloat), maps[0].flatten(1)) + words[i].bias;
    const auto rival = i == 0 ? maps[1].slice(0, 1).mean({0}) : maps[1][0];
    EXPECT_TRUE(at::allclose(margin, (maps[1][i] - rival).flatten(), 1e-4, 1e-5));
  }
}

TEST(TeacherNetwork, MobileNetJoinsThreeDepthsOfLengthOne) {
  const tests::TemporaryFolder folder;
  tests::write_tiny_mobilenet(folder / "net.safetensors", 1);
  const auto network = make_teacher_network(TeacherNetworkKind::mobilenet_v2, folder / "net.safetensors");
  const auto maps = network->run(wavy_image(33, 49));
  const auto channels = network->outputs().at(0).channels;
  EXPECT_EQ(channels, 8 + 24 + 80);
  EXPECT_EQ(maps.at(0).sizes(), (std::vector<int64_t>{channels, 3, 4}));
  const auto depths = maps[0].split_with_sizes({8, 24, 80}, 0);
  for (const auto& depth : depths) EXPECT_TRUE(at::allclose(depth.norm(2, {0}), at::ones({3, 4}), 1e-3, 1e-3));
  EXPECT_TRUE(network->words().empty());
}

TEST(TeacherNetwork, OtherNetworksWeightsAreRefused) {
  const tests::TemporaryFolder folder;
  tests::write_tiny_mobilenet(folder / "net.safetensors", 1);
  const auto message =
      tests::user_error_of([&] { make_teacher_network(TeacherNetworkKind::deeplab_v3, folder / "net.safetensors"); });
  EXPECT_NE(message.find("has no tensor 'concat_projection.weight'"), std::string::npos) << message;
}

}  // namespace
}  // namespace retort::field
