#include "distil/field/gaussians/gaussian_field.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/errors.h"
#include "distil/field/gaussians/export.h"
#include "distil/field/gaussians/pictures.h"
#include "io/atomic_file.h"
#include "io/ply.h"
#include "io/tensor/tensor_io.h"

namespace retort::field {
namespace {

namespace fs = std::filesystem;

struct FieldFiles : testing::Test {
  fs::path folder = fs::path(testing::TempDir()) / "gaussian_field_test";
  FieldFiles() { fs::create_directories(folder); }
  ~FieldFiles() override { fs::remove_all(folder); }
};

// Every number different, so that a swapped axis shows.
GaussianField counted_field(int64_t splats, int64_t channels) {
  const auto counted = [](std::vector<int64_t> shape, double start) {
    int64_t numel = 1;
    for (const auto side : shape) numel *= side;
    return (at::arange(numel, at::kFloat) * 0.01 + start).view(shape).contiguous();
  };
  GaussianField field;
  field.splats = {.means = counted({splats, 3}, 1),
                  .sh = counted({splats, 16, 3}, 2),
                  .opacity_logits = counted({splats}, 3),
                  .log_scales = counted({splats, 3}, -4),
                  .quaternions = counted({splats, 4}, 5),
                  .features = counted({splats, channels}, 6)};
  field.sh_degree = 2;
  field.background = {1, 0.5, 0};
  field.notes["scene"] = "nowhere";
  return field;
}

TEST_F(FieldFiles, RoundTripWithDecoderAndBasis) {
  auto field = counted_field(7, 4);
  field.decoder = FeatureDecoder{at::ones({6, 4}), at::zeros({6})};
  field.basis = FeatureBasis{at::eye(9).slice(1, 0, 6).contiguous(), 0.75};
  const auto file = folder / "field.safetensors";
  save_field(file, field);
  const auto back = load_field(file);
  for (size_t index = 0; index < field.splats.named().size(); ++index) {
    EXPECT_TRUE(at::equal(*field.splats.named()[index].second, *back.splats.named()[index].second));
  }
  EXPECT_EQ(back.sh_degree, 2);
  EXPECT_EQ(back.background, field.background);
  EXPECT_EQ(back.notes.at("scene"), "nowhere");
  EXPECT_EQ(back.decoded_dim(), 6);
  EXPECT_EQ(back.basis->channels(), 9);
  EXPECT_DOUBLE_EQ(back.basis->kept_energy, 0.75);
  EXPECT_EQ(project_direction(back, at::ones({9})).size(0), 6);
  EXPECT_THROW(project_direction(back, at::ones({6})), UserError);
}

TEST_F(FieldFiles, RefusesWhatIsNoField) {
  const auto file = folder / "other.safetensors";
  io::save_safetensors(file, {{"means", at::zeros({3, 3})}});
  EXPECT_THROW(load_field(file), UserError);
  auto field = counted_field(3, 2);
  field.decoder = FeatureDecoder{at::ones({6, 5}), at::zeros({6})};  // of another field
  save_field(file, field);
  EXPECT_THROW(load_field(file), UserError);
}

TEST_F(FieldFiles, PlyIsWhatViewersRead) {
  const auto field = counted_field(5, 3);
  export_ply(folder / "cloud.ply", field);
  const auto ply = io::read_ply(folder / "cloud.ply");
  ASSERT_EQ(ply.rows, 5);
  ASSERT_EQ(ply.columns(), 62 + 3);
  EXPECT_EQ(ply.names[0], "x");
  EXPECT_EQ(ply.names[6], "f_dc_0");
  EXPECT_EQ(ply.names[9], "f_rest_0");
  EXPECT_EQ(ply.names[54], "opacity");
  EXPECT_EQ(ply.names[58], "rot_0");
  EXPECT_EQ(ply.names[62], "semantic_0");
  const auto value = [&](int64_t row, const char* name) { return ply.values[row * ply.columns() + *ply.column(name)]; };
  for (int64_t row = 0; row < 5; ++row) {
    EXPECT_EQ(value(row, "z"), field.splats.means[row][2].item<float>());
    EXPECT_EQ(value(row, "f_dc_1"), field.splats.sh[row][0][1].item<float>());
    // Channel-major: coefficient k of channel c is f_rest_(15 c + k - 1).
    EXPECT_EQ(value(row, "f_rest_17"), field.splats.sh[row][3][1].item<float>());
    EXPECT_EQ(value(row, "opacity"), field.splats.opacity_logits[row].item<float>());
    EXPECT_EQ(value(row, "scale_1"), field.splats.log_scales[row][1].item<float>());
    EXPECT_EQ(value(row, "rot_3"), field.splats.quaternions[row][3].item<float>());
    EXPECT_EQ(value(row, "semantic_2"), field.splats.features[row][2].item<float>());
  }
  export_ply(folder / "plain.ply", field, false);
  EXPECT_EQ(io::read_ply(folder / "plain.ply").columns(), 62);
}

TEST(FieldPicturesOfTensors, ColourIsRoundedAndClamped) {
  auto colour = at::zeros({3, 1, 2});
  colour[0][0][0] = 2;
  colour[1][0][0] = 0.5;
  const auto picture = colour_picture(colour);
  EXPECT_EQ(picture.pixels, (std::vector<uint8_t>{255, 128, 0, 0, 0, 0}));
}

TEST(FieldPicturesOfTensors, NearIsBright) {
  const auto depth = at::arange(20, at::kFloat).view({4, 5}) + 1;
  const auto picture = depth_picture(depth, at::zeros({4, 5}));
  const auto brightness = [&](int x, int y) { return picture.at(x, y)[0] + picture.at(x, y)[1] + picture.at(x, y)[2]; };
  EXPECT_GT(brightness(0, 0), brightness(2, 2));
  EXPECT_GT(brightness(2, 2), brightness(4, 3));
}

TEST(FieldPicturesOfTensors, UniformFeaturesAndEmptyViewsDoNotFail) {
  const auto map = at::ones({4, 5, 6});
  EXPECT_EQ(feature_picture(map, fit_feature_colours({map})).width, 5);
  EXPECT_EQ(depth_picture(at::zeros({4, 5}), at::ones({4, 5})).height, 4);
}

}  // namespace
}  // namespace retort::field
