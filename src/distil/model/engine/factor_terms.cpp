#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/adapters.h"
#include "losses/distillation/factors.h"
#include "losses/distillation/ft.h"
#include "losses/distillation/kta.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"

namespace retort::model {

namespace {
/// Stage 1: the teacher's map through the paraphraser and back. No student runs.
LossTerm paraphraser_term(const TermContext& context, const char* name, const char* modules,
                          const ParaphraserTerm& options) {
  const auto tap = teacher_tap(context, name, options.tap, last_stage_tap);
  auto value = [options, tap, name](const TermInputs& in, const nn::Scope& scope, AfterBackward&) {
    const auto& map = in.teacher.taps->at(tap);
    losses::require_shapes(name, {{"activation '" + tap + "' of the teacher", map, "[B,C,H,W]"}});
    const losses::FactorOptions sizes{.rate = options.rate};
    const auto paraphraser = scope / "paraphraser";
    const auto factor = losses::extracted_factor(paraphraser, map, map.size(1), sizes);
    const auto difference =
        losses::mean_squared_difference(losses::paraphrased_map(paraphraser, factor, map.size(1), sizes), map);
    return options.factor_l1 > 0 ? difference + options.factor_l1 * factor.abs().sum() : difference;
  };
  return {.name = name,
          .weight = options.weight,
          .teacher_taps = {tap},
          .uses_student = false,
          .modules = modules,
          .value = std::move(value)};
}

/// What the trained paraphraser makes of the teacher's map, as a constant.
at::Tensor frozen_factor(const nn::Scope& scope, const at::Tensor& map, double rate) {
  const at::NoGradGuard no_grad;
  return losses::extracted_factor(scope / "paraphraser", map, map.size(1), {.rate = rate});
}

using FactorLoss =
    std::function<at::Tensor(const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher)>;

/// Stage 2: a term over one pair of maps whose modules hold a paraphraser that is trained already.
LossTerm factor_term(const TapPairs& pairs, double weight, const std::string& modules, FactorLoss loss) {
  if (pairs.student.size() != 1)
    user_error("loss.{}.taps: {} pairs; one would be right: there is one paraphraser", pairs.term,
               pairs.student.size());
  auto term = tapped_term(pairs, weight,
                          [name = pairs.term, loss = std::move(loss)](const TermInputs&, const nn::Scope& scope,
                                                                      const Maps& student, const Maps& teacher) {
                            losses::require_shapes(name, {{"student features", student[0], "[B,C,H,W]"},
                                                          {"teacher features", teacher[0], "[B,D,h,w]"}});
                            return loss(scope, student[0], teacher[0]);
                          });
  term.modules = modules;
  term.frozen_modules = {modules + ".paraphraser"};
  return term;
}

at::Tensor ft_value(const FtTerm& o, const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher) {
  const auto target = frozen_factor(scope, teacher, o.rate);
  const auto factor = losses::extracted_factor(scope / "translator", student, teacher.size(1),
                                               {.rate = o.rate, .batch_normalisation = true});
  return o.form == FactorForm::attention ? losses::ft_loss(factor, target) : losses::ft_paper_loss(factor, target);
}

/// The student's map in the width of the paraphraser's factor.
at::Tensor adapted_map(const nn::Scope& scope, const at::Tensor& student, const at::Tensor& factor) {
  return losses::connector(scope / "adapter", student,
                           {.out_channels = factor.size(1), .kernel = 3, .bias = true, .relu = true});
}

LossTerm kta_term(const TermContext& context) {
  const auto& options = context.options.kta;
  return factor_term(
      tap_pairs(context, "kta", options.taps, last_stage_tap), options.weight, "kta",
      [rate = options.rate](const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher) {
        const auto factor = frozen_factor(scope, teacher, rate);
        return losses::kta_loss(adapted_map(scope, student, factor), factor);
      });
}

LossTerm affinity_term(const TermContext& context) {
  const auto& options = context.options.affinity;
  const auto pairs = tap_pairs(context, "affinity", options.taps, last_stage_tap);
  if (options.adapt)
    return factor_term(
        pairs, options.weight, "kta",
        [rate = options.rate](const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher) {
          const auto factor = frozen_factor(scope, teacher, rate);
          return losses::affinity_loss(adapted_map(scope, student, factor), factor);
        });
  return tapped_term(
      pairs, options.weight, [](const TermInputs&, const nn::Scope&, const Maps& student, const Maps& teacher) {
        return losses::sum_over_stages(
            student, teacher, [](const auto& s, const auto& t, size_t) { return losses::affinity_loss(s, t); });
      });
}
}  // namespace

void add_factor_terms(const TermContext& context) {
  const auto& options = context.options;
  auto& terms = context.terms;
  if (options.ft_paraphraser.weight > 0)
    terms.push_back(paraphraser_term(context, "ft_paraphraser", "ft", options.ft_paraphraser));
  if (options.ft.weight > 0)
    terms.push_back(
        factor_term(tap_pairs(context, "ft", options.ft.taps, last_stage_tap), options.ft.weight, "ft",
                    [o = options.ft](const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher) {
                      return ft_value(o, scope, student, teacher);
                    }));
  if (options.kta_paraphraser.weight > 0)
    terms.push_back(paraphraser_term(context, "kta_paraphraser", "kta", options.kta_paraphraser));
  if (options.kta.weight > 0) terms.push_back(kta_term(context));
  if (options.affinity.weight > 0) terms.push_back(affinity_term(context));
}

}  // namespace retort::model
