#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/ab.h"
#include "losses/distillation/fitnets.h"
#include "losses/distillation/ofd.h"

namespace retort::model {

namespace {
/// The student's maps in the teacher's shapes: as they are where these agree, else regressed. Source: RepDistiller,
/// models/util.py Connector.
Maps connected_maps(const nn::Scope& scope, const Maps& student, const Maps& teacher) {
  Maps connected;
  for (size_t stage = 0; stage < student.size(); ++stage) {
    const auto &s = student[stage], &t = teacher[stage];
    const bool fits = s.dim() != 4 || t.dim() != 4 || s.sizes() == t.sizes();
    connected.push_back(fits ? s
                             : losses::regressed_map(scope / "connectors" / std::to_string(stage), s, t.size(1),
                                                     t.size(2), t.size(3), {.use_relu = false}));
  }
  return connected;
}

/// Margins [1,C,1,1] from the teacher's own batch norms.
Maps teacher_margins(const nn::Weights* weights, const std::vector<std::string>& norms) {
  if (weights == nullptr) user_error("needs a teacher with weights of its own, whose batch norms give the margins");
  Maps margins;
  for (const auto& norm : norms) {
    const auto gamma = weights->find(norm + ".weight"), beta = weights->find(norm + ".bias");
    if (!gamma.defined() || !beta.defined())
      user_error("'{}' is no batch norm of the teacher; name in loss.ofd.norms those before the activations", norm);
    margins.push_back(losses::ofd_margin(gamma.detach(), beta.detach()).view({1, -1, 1, 1}));
  }
  return margins;
}

std::vector<std::string> margin_norms(const TermContext& context, const TapPairs& pairs) {
  const auto& options = context.options.ofd;
  auto norms = options.norms;
  if (norms.empty() && options.taps.teacher.empty() && context.teacher != nullptr)
    norms = context.teacher->norms_before_activation;
  if (norms.size() == pairs.teacher.size() + 1 && options.norms.empty()) norms.erase(norms.begin());  // the stem's
  if (norms.size() != pairs.teacher.size())
    user_error("loss.ofd.norms: {} for {} activations of the teacher; name the batch norm before each activation",
               norms.size(), pairs.teacher.size());
  return norms;
}

LossTerm ofd_term(const TermContext& context) {
  const auto pairs = tap_pairs(context, "ofd", context.options.ofd.taps, pre_activation_taps);
  const auto norms = margin_norms(context, pairs);
  auto term =
      tapped_term(pairs, context.options.ofd.weight,
                  [norms](const TermInputs& in, const nn::Scope& scope, const Maps& student, const Maps& teacher) {
                    return losses::ofd_loss(scope, student, teacher, teacher_margins(in.teacher.weights, norms));
                  });
  term.teacher_weights = true;
  return term;
}
}  // namespace

void add_pre_activation_terms(const TermContext& context) {
  const auto& ab = context.options.ab;
  if (ab.weight > 0)
    context.terms.push_back(tapped_term(
        tap_pairs(context, "ab", ab.taps, pre_activation_taps), ab.weight,
        [margin = ab.margin](const TermInputs&, const nn::Scope& scope, const Maps& student, const Maps& teacher) {
          return losses::ab_loss(connected_maps(scope, student, teacher), teacher, {.margin = margin});
        }));
  if (context.options.ofd.weight > 0) context.terms.push_back(ofd_term(context));
}

}  // namespace retort::model
