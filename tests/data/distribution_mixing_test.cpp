// Pictures that exchange means and deviations: the sheet's numbers, flat pictures, pictures of one pixel.
#include "data/distribution_mixing.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/user_error.h"
#include "support/wave.h"

namespace retort::data {
namespace {

TEST(DistributionMixing, has_the_sheets_values) {
  const at::Tensor mixed = mix_distributions(tests::wave({3, 2, 4, 4}, .29, .2), at::tensor({.1, .6, .9}, at::kDouble),
                                             at::tensor({2, 0, 1}, at::kLong));
  EXPECT_NEAR(mixed.abs().sum().item<double>(), 59.8933368825, 1e-9);
  EXPECT_TRUE(
      at::allclose(mixed[0][0][0], at::tensor({0.25098737, 0.49804695, 0.70940160, 0.86740062}, at::kDouble), 0, 1e-8));
}

TEST(DistributionMixing, keeps_a_picture_with_itself_and_survives_flat_ones) {
  const at::Tensor images = tests::wave({2, 3, 4, 4}, .29, .2), itself = at::tensor({0, 1}, at::kLong);
  EXPECT_TRUE(at::allclose(mix_distributions(images, at::tensor({.3, .8}, at::kDouble), itself), images));
  const at::Tensor flat = at::ones({2, 1, 2, 2});
  EXPECT_TRUE(at::allclose(mix_distributions(flat, at::tensor({.3f, .8f}), itself), flat));
}

TEST(DistributionMixing, refuses_pictures_of_one_pixel) {
  EXPECT_EQ(tests::user_error_of([] {
              mix_distributions(at::ones({2, 3, 1, 1}), at::ones({2}), at::tensor({0, 1}, at::kLong));
            }),
            "mix distributions: images [2, 3, 1, 1], mix [2], partner [2]; they should be [B,C,H,W] of at least two "
            "pixels, [B], [B]");
}

}  // namespace
}  // namespace retort::data
