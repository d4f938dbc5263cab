// Likeness of representations: what changes nothing, gradients, representations that don't vary.
#include "metrics/linear_cka.h"

#include <gtest/gtest.h>

#include "support/grad_check.h"
#include "support/user_error.h"
#include "support/wave.h"

namespace retort::metrics {
namespace {

TEST(LinearCka, knows_no_scale_no_shift_and_no_rotation) {
  const at::Tensor x = tests::wave({7, 3}, .61, .2).square(), y = tests::wave({7, 4}, .83, .7).square();
  const at::Tensor turned = at::stack({x.select(1, 2), -x.select(1, 0), x.select(1, 1)}, 1);
  EXPECT_NEAR(linear_cka(x, 3 * turned + 5).item<double>(), 1, 1e-12);
  EXPECT_NEAR(linear_cka(x, y).item<double>(), linear_cka(y, x).item<double>(), 1e-12);
  EXPECT_LT(linear_cka(x, y).item<double>(), 1);
  EXPECT_TRUE(tests::grad_check([](const std::vector<at::Tensor>& v) { return linear_cka(v[0], v[1]); }, {x, y}));
}

TEST(LinearCka, of_what_does_not_vary_is_zero_and_has_no_gradient) {
  const at::Tensor flat = at::ones({7, 3}, at::kDouble).requires_grad_(true), y = tests::wave({7, 4}, .83, .7);
  const at::Tensor value = linear_cka(flat, y);
  EXPECT_EQ(value.item<double>(), 0);
  EXPECT_EQ(torch::autograd::grad({value}, {flat})[0].abs().max().item<double>(), 0);
}

TEST(LinearCka, refuses_other_samples) {
  EXPECT_EQ(tests::user_error_of([] {
              linear_cka(at::ones({3, 2}), at::ones({4, 2}));
            }),
            "linear cka: features [3, 2] and [4, 2]; they should be [N,D] and [N,E], none of them empty");
}

}  // namespace
}  // namespace retort::metrics
