#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/at.h"
#include "losses/distillation/cwd.h"
#include "losses/distillation/dist.h"
#include "losses/distillation/fsp.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/nst.h"
#include "losses/distillation/sp.h"
#include "nn/layers.h"

namespace retort::model {

namespace {
/// 1 - cosine of each sample's flattened activations, [B].
at::Tensor one_minus_cosines(const at::Tensor& student, const at::Tensor& teacher) {
  return 1 - (losses::unit_or_zero(student.flatten(1)) * losses::unit_or_zero(teacher.flatten(1))).sum(1);
}

at::Tensor map_difference(const MapsTerm& o, const at::Tensor& student, const at::Tensor& teacher) {
  if (student.sizes() != teacher.sizes()) user_error("activations of equal shapes would be right");
  const auto reduction = o.reduction == MapReduction::mean ? at::Reduction::Mean : at::Reduction::Sum;
  switch (o.difference) {
    case MapDifference::l2:
      return at::mse_loss(student, teacher, reduction);
    case MapDifference::l1:
      return at::l1_loss(student, teacher, reduction);
    case MapDifference::smooth_l1:
      return at::smooth_l1_loss(student, teacher, reduction);
    case MapDifference::cosine:
      break;
  }
  const auto differences = one_minus_cosines(student, teacher);
  return o.reduction == MapReduction::mean ? differences.mean() : differences.sum();
}

LossTerm maps_term(const TermContext& context) {
  const auto& options = context.options.maps;
  const auto pairs = tap_pairs(context, "maps", options.taps, stage_taps);
  const auto weights =
      options.pair_weights.empty() ? std::vector<double>(pairs.student.size(), 1.) : options.pair_weights;
  if (weights.size() != pairs.student.size())
    user_error("loss.maps.pair_weights: {} for {} pairs of activations", weights.size(), pairs.student.size());
  return tapped_term(
      pairs, options.weight,
      [o = options, weights](const TermInputs&, const nn::Scope&, const Maps& student, const Maps& teacher) {
        return losses::sum_over_stages(student, teacher, [&](const auto& s, const auto& t, size_t pair) {
          return weights[pair] * map_difference(o, s, t);
        });
      });
}

/// Dense predictions of both networks.
LossTerm cwd_logits_term(const CwdTerm& o) {
  return {.name = "cwd",
          .weight = o.weight,
          .student_logits = true,
          .teacher_logits = true,
          .takes_maps = true,
          .value = [temperature = o.temperature](const TermInputs& in, const nn::Scope&, AfterBackward&) {
            return losses::cwd_loss(in.student.logits, in.teacher.logits, {.temperature = temperature});
          }};
}

/// Maps, the student's brought to the teacher's width where that is another (paper, section 3.1).
LossTerm cwd_maps_term(const TermContext& context) {
  const auto& options = context.options.cwd;
  return tapped_term(tap_pairs(context, "cwd", options.taps, last_stage_tap), options.weight,
                     [temperature = options.temperature](const TermInputs&, const nn::Scope& scope, const Maps& student,
                                                         const Maps& teacher) {
                       return losses::sum_over_stages(student, teacher, [&](const auto& s, const auto& t, size_t pair) {
                         const bool aligns = s.dim() == 4 && t.dim() == 4 && s.size(1) != t.size(1);
                         const auto align = scope / "align" / std::to_string(pair);
                         return losses::cwd_loss(aligns ? nn::conv2d(align, s, {.out_channels = t.size(1)}) : s, t,
                                                 {.temperature = temperature});
                       });
                     });
}

LossTerm dist_plus_term(const TermContext& context) {
  auto term = tapped_term(
      tap_pairs(context, "dist_plus", context.options.dist_plus.taps, last_stage_tap), context.options.dist_plus.weight,
      [o = context.options.dist_plus](const TermInputs& in, const nn::Scope&, const Maps& student,
                                      const Maps& teacher) {
        return losses::dist_plus_loss(
            in.student.logits, in.teacher.logits, student.at(0), teacher.at(0),
            {.beta = o.beta, .gamma = o.gamma, .iota = o.iota, .kappa = o.kappa, .temperature = o.temperature});
      });
  term.student_logits = term.teacher_logits = true;
  return term;
}
}  // namespace

void add_map_terms(const TermContext& context) {
  const auto& options = context.options;
  auto& terms = context.terms;
  if (options.dist_plus.weight > 0) terms.push_back(dist_plus_term(context));
  if (options.at.weight > 0)
    terms.push_back(tapped_term(
        tap_pairs(context, "at", options.at.taps, stage_taps), options.at.weight,
        [power = options.at.power](const TermInputs&, const nn::Scope&, const Maps& student, const Maps& teacher) {
          return losses::at_loss(student, teacher, {.p = power});
        }));
  if (options.sp.weight > 0)
    terms.push_back(tapped_term(tap_pairs(context, "sp", options.sp.taps, last_stage_tap), options.sp.weight,
                                [](const TermInputs&, const nn::Scope&, const Maps& student, const Maps& teacher) {
                                  return losses::sum_over_stages(
                                      student, teacher,
                                      [](const auto& s, const auto& t, size_t) { return losses::sp_loss(s, t); });
                                }));
  if (options.nst.weight > 0)
    terms.push_back(tapped_term(tap_pairs(context, "nst", options.nst.taps, stage_taps), options.nst.weight,
                                [](const TermInputs&, const nn::Scope&, const Maps& student, const Maps& teacher) {
                                  return losses::nst_loss(student, teacher);
                                }));
  if (options.maps.weight > 0) terms.push_back(maps_term(context));
  if (options.fsp.weight > 0)
    terms.push_back(tapped_term(
        tap_pairs(context, "fsp", options.fsp.taps, stage_taps_with_stem), options.fsp.weight,
        [form = options.fsp.form](const TermInputs&, const nn::Scope&, const Maps& student, const Maps& teacher) {
          return form == FlowForm::squares ? losses::fsp_loss(student, teacher)
                                           : losses::fsp_column_norm_loss(student, teacher);
        }));
  if (options.cwd.weight > 0)
    terms.push_back(options.cwd.of == CwdSource::maps ? cwd_maps_term(context) : cwd_logits_term(options.cwd));
}

}  // namespace retort::model
