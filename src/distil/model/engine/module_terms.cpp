#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/adapters.h"
#include "losses/distillation/fitnets.h"
#include "losses/distillation/ickd.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/mgd.h"
#include "losses/distillation/reviewkd.h"
#include "losses/distillation/shapes.h"
#include "losses/distillation/vid.h"

namespace retort::model {

namespace {
/// A number for each channel of each sample, uniform in [0, 1): [B,C,1,1].
at::Tensor channel_noise(const at::Tensor& map, const RandomTree& random) {
  auto noise = at::empty({map.size(0), map.size(1), 1, 1}, at::kFloat);
  auto generator = random.generator();
  for (int64_t i = 0; i < noise.numel(); ++i) noise.data_ptr<float>()[i] = static_cast<float>(generator.uniform());
  return noise;
}

using ScopedMapLoss = std::function<at::Tensor(const TermInputs& in, const nn::Scope& scope, const at::Tensor& student,
                                               const at::Tensor& teacher)>;

/// A term over pairs of maps with modules: those of a single pair stand in the term's scope, those of several below
/// their number.
LossTerm scoped_maps_term(const TapPairs& pairs, double weight, ScopedMapLoss loss) {
  return tapped_term(
      pairs, weight,
      [loss = std::move(loss)](const TermInputs& in, const nn::Scope& scope, const Maps& student, const Maps& teacher) {
        return losses::sum_over_stages(student, teacher, [&](const auto& s, const auto& t, size_t pair) {
          return loss(in, student.size() == 1 ? scope : scope / std::to_string(pair), s, t);
        });
      });
}

DefaultTaps numbered_stage(int64_t stage) {
  return [stage](const nn::Network& network) -> std::vector<std::string> {
    const auto stages = stage_taps(network);
    if (stage > static_cast<int64_t>(stages.size()))
      user_error("loss.fitnets.stage: {}; '{}' has {} behind the stem", stage, network.name, stages.size());
    return {stages[static_cast<size_t>(stage - 1)]};
  };
}

LossTerm mgd_term(const TermContext& context) {
  const auto& options = context.options.mgd;
  return scoped_maps_term(tap_pairs(context, "mgd", options.taps, last_stage_tap), options.weight,
                          [ratio = options.mask_ratio](const TermInputs& in, const nn::Scope& scope,
                                                       const at::Tensor& student, const at::Tensor& teacher) {
                            losses::require_shapes("mgd", {{"student features", student, "[B,C,H,W]"},
                                                           {"teacher features", teacher, "[B,D,H,W]"}});
                            const auto noise = channel_noise(teacher, in.random.child(scope.path()));
                            return losses::mgd_loss(scope, student, teacher, noise, {.mask_ratio = ratio, .alpha = 1});
                          });
}

LossTerm ickd_term(const TermContext& context) {
  const auto& options = context.options.ickd;
  return scoped_maps_term(
      tap_pairs(context, "ickd", options.taps, last_stage_tap), options.weight,
      [](const TermInputs&, const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher) {
        losses::require_shapes(
            "ickd", {{"student features", student, "[B,C,H,W]"}, {"teacher features", teacher, "[B,D,h,w]"}});
        return losses::ickd_loss(
            losses::connector(scope / "embedding", student, {.out_channels = teacher.size(1), .kernel = 3}), teacher);
      });
}

/// The maps and the vector that the classifier sees.
DefaultTaps and_pooled(DefaultTaps maps) {
  return [maps = std::move(maps)](const nn::Network& network) {
    auto taps = maps(network);
    taps.push_back(network.pooled);
    return taps;
  };
}

/// Vectors as maps of one place.
Maps as_maps(Maps activations) {
  for (auto& activation : activations) {
    if (activation.dim() == 2) activation = activation.unsqueeze(-1).unsqueeze(-1);
  }
  return activations;
}

LossTerm review_term(const TermContext& context) {
  const auto& options = context.options.reviewkd;
  auto term = tapped_term(
      tap_pairs(context, "reviewkd", options.taps, and_pooled(stage_taps), and_pooled(pre_activation_taps)),
      options.weight, [](const TermInputs&, const nn::Scope& scope, const Maps& student, const Maps& teacher) {
        const auto maps = as_maps(student), targets = as_maps(teacher);
        return losses::hcl_loss(losses::reviewed_maps(scope, maps, targets), targets);
      });
  term.warm_up_epochs = options.warm_up_epochs;
  return term;
}
}  // namespace

void add_module_terms(const TermContext& context) {
  const auto& options = context.options;
  auto& terms = context.terms;
  if (options.fitnets.weight > 0)
    terms.push_back(
        scoped_maps_term(tap_pairs(context, "fitnets", options.fitnets.taps, numbered_stage(options.fitnets.stage)),
                         options.fitnets.weight,
                         [](const TermInputs&, const nn::Scope& scope, const at::Tensor& student,
                            const at::Tensor& teacher) { return losses::fitnets_loss(scope, student, teacher).loss; }));
  if (options.vid.weight > 0)
    terms.push_back(
        scoped_maps_term(tap_pairs(context, "vid", options.vid.taps, stage_taps), options.vid.weight,
                         [](const TermInputs&, const nn::Scope& scope, const at::Tensor& student,
                            const at::Tensor& teacher) { return losses::vid_loss(scope, student, teacher); }));
  if (options.ickd.weight > 0) terms.push_back(ickd_term(context));
  if (options.mgd.weight > 0) terms.push_back(mgd_term(context));
  if (options.reviewkd.weight > 0) terms.push_back(review_term(context));
}

}  // namespace retort::model
