#include "losses/distillation/skd.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/registries.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

void require_logit_pair(const at::Tensor& student, const at::Tensor& teacher) {
  require_shapes("skd", {{"student logits", student, "[B,C]"}, {"teacher logits", teacher, "[B,C]"}});
}

at::Tensor sample_cosines(const at::Tensor& logits) {
  const at::Tensor directions = unit_or_zero(logits);
  return at::matmul(directions, directions.t());
}

}  // namespace

at::Tensor skd_instance_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                             const SkdInstanceOptions& options) {
  require_logit_pair(student_logits, teacher_logits);
  return softened_divergence(student_logits, teacher_logits, options.temperature);
}

at::Tensor skd_direction_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                              const SkdDirectionOptions& options) {
  require_logit_pair(student_logits, teacher_logits);
  const at::Tensor difference = sample_cosines(student_logits) - sample_cosines(teacher_logits);
  const int64_t batch = difference.size(0);
  const at::Tensor centred = difference - difference.mean({0}, true);
  const at::Tensor covariance =
      at::matmul(centred.t(), centred) / static_cast<double>(std::max<int64_t>(batch - 1, 1)) +
      options.tikhonov * at::eye(batch, difference.options());
  // With covariance = L L', the quadratic form of d is the squared length of L^-1 d.
  const at::Tensor whitened = at::linalg_solve_triangular(at::linalg_cholesky(covariance), difference.t(),
                                                          /*upper=*/false);
  return whitened.norm(2, {0}).mean();
}

}  // namespace retort::losses

namespace retort {

void register_skd(Registries& registries) {
  registries.parity.add(
      "model.skd.direction_loss",
      losses::parity_of_pair(
          {.summary = "Mahalanobis length of what cosines between samples differ by",
           .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py SKDDirectionLoss",
           .name = "logits",
           .student_pattern = "[B,C]",
           .teacher_pattern = "[B,C]",
           .options = {"tikhonov"},
           .loss = [](const auto& call, const auto& student, const auto& teacher) {
             losses::SkdDirectionOptions options;
             options.tikhonov = call.number("tikhonov", options.tikhonov);
             return losses::skd_direction_loss(student, teacher, options);
           }}));
}

}  // namespace retort
