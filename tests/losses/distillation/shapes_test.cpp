#include "losses/distillation/shapes.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/user_error.h"

namespace retort::losses {

TEST(DistillationShapes, MessageShowsAllShapes) {
  const at::Tensor student = at::zeros({64, 100}), teacher = at::zeros({64, 10});
  EXPECT_EQ(tests::user_error_of([&] {
              require_shapes("dkd", {{"student logits", student, "[B,C]"}, {"teacher logits", teacher, "[B,C]"}});
            }),
            "dkd: student logits [64, 100], teacher logits [64, 10]; they should be [B,C], [B,C], none of them empty");
  EXPECT_NO_THROW(require_shapes("dkd", {{"student logits", student, "[B,C]"}, {"teacher logits", teacher, "[B,D]"}}));
}

TEST(DistillationShapes, RefusesWhatIsEmptyOrMissing) {
  const at::Tensor full = at::zeros({2, 3}), empty = at::zeros({2, 0}), missing;
  EXPECT_THROW(require_shapes("kd", {{"student logits", empty, "[B,C]"}}), UserError);
  EXPECT_EQ(tests::user_error_of([&] {
              require_shapes("kd", {{"student logits", full, "[B,C]"}, {"labels", missing, "[B]"}});
            }),
            "kd: student logits [2, 3], labels missing; they should be [B,C], [B], none of them empty");
}

TEST(DistillationShapes, StagesPairUp) {
  const std::vector<at::Tensor> two = {at::zeros({2, 3, 4, 4}), at::zeros({2, 5, 2, 2})};
  const std::vector<at::Tensor> one = {at::zeros({2, 3, 4, 4})}, other_batch = {two[0], at::zeros({3, 5, 2, 2})};
  const char* const map = "[B,C,H,W]";
  EXPECT_NO_THROW(require_stages("at", two, map, two, map));
  EXPECT_EQ(tests::user_error_of([&] { require_stages("at", two, map, one, map); }),
            "at: 2 student maps, 1 teacher maps; they should be equally many and at least 1");
  EXPECT_THROW(require_stages("at", {}, map, {}, map), UserError);
  EXPECT_THROW(require_stages("fsp", one, map, one, map, 2), UserError);
  EXPECT_EQ(
      tests::user_error_of([&] { require_stages("at", two, map, other_batch, "[B,D,h,w]"); }),
      "at: student map 1 [2, 5, 2, 2], teacher map 1 [3, 5, 2, 2]; they should be [B,C,H,W], [B,D,h,w], none of them "
      "empty");
}

}  // namespace retort::losses
