#include "losses/distillation/nst.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"

namespace retort::losses {

namespace {

/// [B,C,P] and [B,D,P] -> mean over all pairs of channels of (a . b)^2.
at::Tensor mean_polynomial_kernel(const at::Tensor& first, const at::Tensor& second) {
  return at::bmm(first, second.transpose(1, 2)).square().mean();
}

}  // namespace

at::Tensor nst_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features) {
  require_stages("nst", student_features, "[B,C,H,W]", teacher_features, "[B,D,h,w]");
  return sum_over_stages(student_features, teacher_features, [](const auto& student, const auto& teacher, size_t) {
    const auto [ours, theirs] = averaged_to_smaller(student, teacher);
    const at::Tensor s = unit_or_zero(ours.flatten(2)), t = unit_or_zero(theirs.flatten(2));
    return mean_polynomial_kernel(t, t).detach() + mean_polynomial_kernel(s, s) - 2 * mean_polynomial_kernel(s, t);
  });
}

}  // namespace retort::losses

namespace retort {

void register_nst(Registries& registries) {
  registries.parity.add(
      "model.nst.loss",
      losses::parity_of_stages({.summary = "distributions of channel maps, by a polynomial kernel",
                                .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/NST.py nst_loss",
                                .loss = [](const auto&, const auto& students, const auto& teachers) {
                                  return losses::nst_loss(students, teachers);
                                }}));
}

}  // namespace retort
