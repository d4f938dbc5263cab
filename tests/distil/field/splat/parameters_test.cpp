#include "distil/field/splat/parameters.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"

namespace retort::splat {
namespace {

SplatParameters zero_splats(int64_t splats, int64_t feature_dim) {
  return {.means = at::zeros({splats, 3}),
          .sh = at::zeros({splats, 16, 3}),
          .opacity_logits = at::zeros({splats}),
          .log_scales = at::zeros({splats, 3}),
          .quaternions = at::zeros({splats, 4}),
          .features = at::zeros({splats, feature_dim})};
}

TEST(SplatParameters, there_and_back_again) {
  SplatParameters splats = zero_splats(3, 0);
  splats.means = at::rand({3, 3});
  std::map<std::string, at::Tensor> tensors;
  put_parameters(splats, "field.", tensors);
  EXPECT_EQ(tensors.size(), 6u);
  const SplatParameters back = take_parameters(tensors, "field.", "file");
  EXPECT_TRUE(back.means.equal(splats.means));
  EXPECT_EQ(back.features.size(1), 0);
}

TEST(SplatParameters, says_what_does_not_fit) {
  std::map<std::string, at::Tensor> tensors;
  put_parameters(zero_splats(3, 2), "", tensors);
  const auto message = [&](const std::string& name, const at::Tensor& tensor) -> std::string {
    auto changed = tensors;
    changed[name] = tensor;
    try {
      take_parameters(changed, "", "a.safetensors");
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message("sh", at::zeros({3, 9, 3})), "a.safetensors: sh has shape [3,9,3], should be [3,16,3]");
  EXPECT_EQ(message("features", at::zeros({4, 2})), "a.safetensors: features has shape [4,2], should be [3,N]");
  EXPECT_EQ(message("means", at::zeros({3})), "a.safetensors: means has shape [3], should be [P,3]");
  EXPECT_EQ(message("quaternions", at::zeros({3, 4}, at::kDouble)),
            "a.safetensors: quaternions is not a contiguous float32 tensor on the CPU");
  tensors.erase("log_scales");
  EXPECT_EQ(message("means", at::zeros({3, 3})), "a.safetensors: tensor 'log_scales' is missing");
  EXPECT_THROW(SplatParameters{}.check(), Fault);
}

}  // namespace
}  // namespace retort::splat
