#include "losses/distillation/kta.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/registries.h"
#include "losses/distillation/ft.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

void require_map_pair(const char* who, const at::Tensor& student, const at::Tensor& teacher) {
  require_shapes(who, {{"student features", student, "[B,C,H,W]"}, {"teacher features", teacher, "[B,C,H,W]"}});
}

}  // namespace

at::Tensor kta_loss(const at::Tensor& student_features, const at::Tensor& teacher_features, const KtaOptions& options) {
  require_map_pair("kta", student_features, teacher_features);
  return normalized_difference(student_features, teacher_features, options.p, options.q);
}

at::Tensor affinity_loss(const at::Tensor& student_features, const at::Tensor& teacher_features) {
  require_map_pair("affinity", student_features, teacher_features);
  const at::Tensor student = unit_or_zero(student_features.flatten(2)),
                   teacher = unit_or_zero(teacher_features.flatten(2));
  const at::Tensor difference = student - teacher, sum = student + teacher;
  const at::Tensor outer = difference.norm(2, {2}) * sum.norm(2, {2}), inner = (difference * sum).sum(2);
  const at::Tensor norms = at::stack({outer, inner}).norm(2, {0}) / std::sqrt(2.0);
  return norms.sum(1).mean() / static_cast<double>(student.size(2));
}

}  // namespace retort::losses

namespace retort {

void register_kta(Registries& registries) {
  registries.parity.add(
      "model.kta.loss",
      losses::parity_of_pair(
          {.summary = "whole maps of unit norm",
           .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py KTALoss",
           .name = "features",
           .student_pattern = "[B,C,H,W]",
           .teacher_pattern = "[B,C,H,W]",
           .options = {"p", "q"},
           .loss = [](const auto& call, const auto& student, const auto& teacher) {
             losses::KtaOptions options;
             options.p = call.integer("p", options.p);
             options.q = call.integer("q", options.q);
             return losses::kta_loss(student, teacher, options);
           }}));
  registries.parity.add(
      "model.kta.affinity_loss",
      losses::parity_of_pair(
          {.summary = "affinities between the positions of each channel",
           .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py AffinityLoss",
           .name = "features",
           .student_pattern = "[B,C,H,W]",
           .teacher_pattern = "[B,C,H,W]",
           .loss = [](const auto&, const auto& student, const auto& teacher) {
             return losses::affinity_loss(student, teacher);
           }}));
}

}  // namespace retort
