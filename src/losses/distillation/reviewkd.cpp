#include "losses/distillation/reviewkd.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"

namespace retort::losses {

namespace {

at::Tensor hierarchical_context(const at::Tensor& student, const at::Tensor& teacher) {
  at::Tensor sum = mean_squared_difference(student, teacher);
  double weight = 1, total = 1;
  for (const int64_t side : {4, 2, 1}) {
    if (side >= student.size(2)) continue;
    weight /= 2;
    total += weight;
    sum = sum + weight * mean_squared_difference(averaged_to(student, side, side), averaged_to(teacher, side, side));
  }
  return sum / total;
}

}  // namespace

at::Tensor hcl_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features) {
  require_stages("reviewkd", student_features, "[B,C,H,W]", teacher_features, "[B,C,H,W]");
  return sum_over_stages(student_features, teacher_features, [](const auto& student, const auto& teacher, size_t) {
    return hierarchical_context(student, teacher);
  });
}

}  // namespace retort::losses

namespace retort {

void register_reviewkd(Registries& registries) {
  registries.parity.add(
      "model.reviewkd.hcl_loss",
      losses::parity_of_stages(
          {.summary = "maps compared at several resolutions",
           .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/ReviewKD.py hcl_loss",
           .loss = [](const auto&, const auto& students, const auto& teachers) {
             return losses::hcl_loss(students, teachers);
           }}));
}

}  // namespace retort
