#include "metrics/image_quality.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"
#include "support/grad_check.h"

namespace retort::metrics {
namespace {

TEST(ImageQuality, gradients_match_differences) {
  at::manual_seed(1);
  const at::Tensor image = at::rand({1, 6, 4}), target = at::rand({1, 6, 4});
  EXPECT_TRUE(tests::grad_check([](const auto& x) { return l1(x[0], x[1]); }, {image, target}));
  EXPECT_TRUE(tests::grad_check([](const auto& x) { return psnr(x[0], x[1]).sum(); }, {image, target}));
  EXPECT_TRUE(tests::grad_check([](const auto& x) { return ssim(x[0], x[1]); }, {image, target}));
}

TEST(ImageQuality, known_values) {
  // 16 x 16 ramps of the Feature 3DGS sheet.
  at::Tensor a = at::empty({1, 16, 16}, at::kDouble), b = at::empty({1, 16, 16}, at::kDouble);
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 16; ++j) {
      a[0][i][j] = ((3 * i + 5 * j) % 17) / 17.0;
      b[0][i][j] = ((3 * i + 5 * j + 2) % 19) / 19.0;
    }
  }
  EXPECT_NEAR(ssim(a, b).item<double>(), 0.18076858, 1e-8);
  EXPECT_NEAR(l1(a, b).item<double>(), 0.34055728, 1e-8);
  EXPECT_NEAR(psnr(at::zeros({1, 4}), at::full({1, 4}, 0.1)).item<double>(), 20, 1e-4);
}

TEST(ImageQuality, equal_images) {
  const at::Tensor image = at::rand({3, 9, 4});
  EXPECT_NEAR(ssim(image, image).item<double>(), 1, 1e-6);
  EXPECT_EQ(l1(image, image).item<double>(), 0);
  EXPECT_TRUE(std::isinf(psnr(image, image)[0].item<double>()));
}

TEST(ImageQuality, refuses_other_shapes) {
  EXPECT_THROW(l1(at::zeros({2}), at::zeros({3})), Fault);
  EXPECT_THROW(psnr(at::zeros({0, 2}), at::zeros({0, 2})), Fault);
  EXPECT_THROW(ssim(at::zeros({2, 3}), at::zeros({2, 3})), Fault);
}

}  // namespace
}  // namespace retort::metrics
