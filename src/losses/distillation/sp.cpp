#include "losses/distillation/sp.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"

namespace retort::losses {

namespace {

at::Tensor sample_similarities(const at::Tensor& features) {
  const at::Tensor rows = features.flatten(1);
  return unit_or_zero(at::matmul(rows, rows.t()));
}

}  // namespace

at::Tensor sp_loss(const at::Tensor& student_features, const at::Tensor& teacher_features) {
  require_shapes(
      "sp", {{"student features", student_features, "[B,D,...]"}, {"teacher features", teacher_features, "[B,E,...]"}});
  return mean_squared_difference(sample_similarities(student_features), sample_similarities(teacher_features));
}

}  // namespace retort::losses

namespace retort {

void register_sp(Registries& registries) {
  registries.parity.add(
      "model.sp.loss",
      losses::parity_of_pair(
          {.summary = "similarities between the samples of a batch",
           .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/SP.py similarity_loss",
           .name = "features",
           .student_pattern = "[B,D,...]",
           .teacher_pattern = "[B,E,...]",
           .loss = [](const auto&, const auto& student, const auto& teacher) {
             return losses::sp_loss(student, teacher);
           }}));
}

}  // namespace retort
