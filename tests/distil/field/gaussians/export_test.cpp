#include "distil/field/gaussians/export.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "io/tensor/tensor_io.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

GaussianField coded_field() {
  GaussianField field;
  field.splats.means = at::zeros({5, 3});
  field.splats.quaternions = at::ones({5, 4});
  field.splats.log_scales = at::zeros({5, 3});
  field.splats.opacity_logits = at::zeros({5});
  field.splats.sh = at::zeros({5, 16, 3});
  at::manual_seed(1);
  field.codes = metrics::VectorCodes{.codebook = at::randn({4, 6}),
                                     .indices = at::randint(0, 4, {5, 2}, at::kInt),
                                     .coefficients = at::rand({5, 2}).to(at::kHalf).to(at::kFloat)};
  field.splats.features = metrics::decode(*field.codes);
  return field;
}

TEST(Export, FeatureCodesStandForTheFeatures) {
  const tests::TemporaryFolder folder;
  auto field = coded_field();
  field.decoder = FeatureDecoder{at::ones({3, 6}), at::zeros({3})};
  export_feature_codes(folder / "codes.safetensors", field);
  const auto tensors = io::load_safetensors(folder / "codes.safetensors");
  EXPECT_EQ(tensors.count("features") + tensors.count("means"), 0u);
  const auto codebook = tensors.at("codes.codebook").to(at::kFloat);
  const auto rows = codebook.index_select(0, tensors.at("codes.indices").to(at::kLong).flatten()).view({5, 2, 6});
  const auto features = (rows * tensors.at("codes.coefficients").to(at::kFloat).unsqueeze(2)).sum(1);
  EXPECT_TRUE(at::allclose(features, field.splats.features, 1e-5, 1e-6));
  EXPECT_EQ(tensors.at("decoder.weight").size(0), 3);
}

TEST(Export, PlainFeaturesHaveNoCodes) {
  const tests::TemporaryFolder folder;
  auto field = coded_field();
  field.codes.reset();
  const auto message = tests::user_error_of([&] { export_feature_codes(folder / "codes.safetensors", field); });
  EXPECT_NE(message.find("not coded; `retort field compress` codes them"), std::string::npos) << message;
}

}  // namespace
}  // namespace retort::field
