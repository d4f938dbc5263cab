#include "losses/distillation/ft.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/at.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

/// Rows [B,D] divided by their q-norm; rows of zeros stay zeros, with a gradient of zero.
at::Tensor rows_of_unit_norm(const at::Tensor& rows, int64_t q) {
  if (q == 2) return unit_or_zero(rows);
  const at::Tensor norms = rows.norm(q, {1}, true);
  const at::Tensor is_zero = norms.eq(0);
  return at::where(is_zero, at::zeros_like(rows), rows / norms.masked_fill(is_zero, 1));
}

}  // namespace

at::Tensor ft_loss(const at::Tensor& student_factor, const at::Tensor& teacher_factor, const FtOptions& options) {
  require_shapes("ft",
                 {{"student factor", student_factor, "[B,C,H,W]"}, {"teacher factor", teacher_factor, "[B,C,h,w]"}});
  const auto [student, teacher] = averaged_to_smaller(student_factor, teacher_factor);
  const at::Tensor difference = attention_map(student, options.p1) - attention_map(teacher, options.p1);
  return (options.p2 == 1 ? difference.abs() : difference.pow(options.p2)).mean();
}

at::Tensor normalized_difference(const at::Tensor& student, const at::Tensor& teacher, int64_t p, int64_t q) {
  const at::Tensor difference = rows_of_unit_norm(student.flatten(1), q) - rows_of_unit_norm(teacher.flatten(1), q);
  return p == 1 ? difference.abs().mean() : difference.norm(p, {1}).mean();
}

at::Tensor ft_paper_loss(const at::Tensor& student_factor, const at::Tensor& teacher_factor,
                         const FtPaperOptions& options) {
  require_shapes("ft",
                 {{"student factor", student_factor, "[B,C,H,W]"}, {"teacher factor", teacher_factor, "[B,C,H,W]"}});
  return normalized_difference(student_factor, teacher_factor, options.p, 2);
}

}  // namespace retort::losses

namespace retort {

void register_ft(Registries& registries) {
  registries.parity.add(
      "model.ft.loss",
      losses::parity_of_pair({.summary = "attention maps of factors",
                              .source = "HobbitLong/RepDistiller @b84f547, distiller_zoo/FT.py FactorTransfer",
                              .name = "factor",
                              .student_pattern = "[B,C,H,W]",
                              .teacher_pattern = "[B,C,h,w]",
                              .options = {"p1", "p2"},
                              .loss = [](const auto& call, const auto& student, const auto& teacher) {
                                losses::FtOptions options;
                                options.p1 = call.integer("p1", options.p1);
                                options.p2 = call.integer("p2", options.p2);
                                return losses::ft_loss(student, teacher, options);
                              }}));
  registries.parity.add(
      "model.ft.paper_loss",
      losses::parity_of_pair(
          {.summary = "whole factors of unit length",
           .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py FTLoss",
           .name = "factor",
           .student_pattern = "[B,C,H,W]",
           .teacher_pattern = "[B,C,H,W]",
           .options = {"p"},
           .loss = [](const auto& call, const auto& student, const auto& teacher) {
             losses::FtPaperOptions options;
             options.p = call.integer("p", options.p);
             return losses::ft_paper_loss(student, teacher, options);
           }}));
}

}  // namespace retort
