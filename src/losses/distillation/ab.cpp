#include "losses/distillation/ab.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

namespace {
constexpr double ab_scale = 3.0 / 1000;
}

at::Tensor activation_boundary_sum(const at::Tensor& student, const at::Tensor& teacher, double margin) {
  const at::Tensor on = teacher.gt(0);
  // How far the student is from the margin on the teacher's side; none beyond it.
  return at::where(on, margin - student, student + margin).clamp_min(0).square().sum();
}

at::Tensor ab_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features,
                   const AbOptions& options) {
  require_stages("ab", student_features, "[B,C,H,W]", teacher_features, "[B,C,H,W]");
  const auto last = static_cast<double>(student_features.size() - 1);
  return ab_scale * sum_over_stages(student_features, teacher_features,
                                    [&](const auto& student, const auto& teacher, size_t stage) {
                                      return std::exp2(static_cast<double>(stage) - last) /
                                             static_cast<double>(student.size(0)) *
                                             activation_boundary_sum(student, teacher, options.margin);
                                    });
}

}  // namespace retort::losses

namespace retort {

void register_ab(Registries& registries) {
  registries.parity.add("model.ab.loss", losses::parity_of_stages(
                                             {.summary = "sides of zero of pre-activations",
                                              .source = "HobbitLong/RepDistiller @b84f547, distiller_zoo/AB.py ABLoss",
                                              .options = {"margin"},
                                              .loss = [](const auto& call, const auto& students, const auto& teachers) {
                                                losses::AbOptions options;
                                                options.margin = call.number("margin", options.margin);
                                                return losses::ab_loss(students, teachers, options);
                                              }}));
}

}  // namespace retort
