#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "metrics/image_quality.h"

namespace retort::metrics {
namespace {

TEST(MaskedQuality, CountsOnlyWhatTheMaskHolds) {
  const auto image = at::rand({3, 20, 24}), target = image.clone();
  target.slice(2, 0, 12).add_(0.5);
  auto right = at::zeros({20, 24}, at::kBool);
  right.slice(1, 18, 24).fill_(true);  // beyond the reach of the windows
  const auto good = masked_quality(image, target, right);
  EXPECT_TRUE(std::isinf(good.psnr));
  EXPECT_NEAR(good.ssim, 1, 1e-5);
  const auto bad = masked_quality(image, target, right.logical_not());
  EXPECT_NEAR(bad.psnr, -10 * std::log10(0.25 * 12 / 18), 1e-4);
  const auto all = masked_quality(image, target, at::ones({20, 24}, at::kBool));
  EXPECT_NEAR(all.psnr, psnr(image.unsqueeze(0), target.unsqueeze(0)).item<double>(), 1e-5);
  EXPECT_NEAR(all.ssim, ssim(image, target).item<double>(), 1e-6);
}

}  // namespace
}  // namespace retort::metrics
