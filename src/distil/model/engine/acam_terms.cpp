#include <ATen/ATen.h>

#include "distil/model/engine/term_builders.h"
#include "losses/distillation/acam_kd.h"
#include "losses/distillation/maps.h"

namespace retort::model {

namespace {
constexpr int64_t masks_of_detection = 6;

/// The map of class scores before it is enlarged; networks that give no map have their last stage.
std::vector<std::string> scores_or_last_stage(const nn::Network& network) {
  return network.dense ? std::vector<std::string>{network.classifier} : last_stage_tap(network);
}

int64_t masks_of_task(const AcamTerm& options, const nn::Network& student) {
  if (options.masks > 0) return options.masks;
  return student.dense ? student.classes : masks_of_detection;
}
}  // namespace

void add_acam_terms(const TermContext& context) {
  const auto& options = context.options.acam;
  if (options.weight <= 0) return;
  const losses::AcamOptions acam{.masks = masks_of_task(options, context.student),
                                 .max_tokens = options.max_tokens,
                                 .detach_student_in_mask = options.detach_student_in_mask,
                                 .diversity = options.diversity,
                                 .masks_from = options.masks_from,
                                 .unit_deviation = options.unit_deviation};
  context.terms.push_back(tapped_term(
      tap_pairs(context, "acam", options.taps, scores_or_last_stage), options.weight,
      [acam, spatial = options.spatial_weight, channel = options.channel_weight, diversity = options.diversity_weight](
          const TermInputs&, const nn::Scope& scope, const Maps& student, const Maps& teacher) {
        // Each pair of maps has units and projections of its own.
        return losses::sum_over_stages(student, teacher, [&](const auto& s, const auto& t, size_t pair) {
          const auto parts = losses::acam_terms(scope / std::to_string(pair), t, s, acam);
          return spatial * parts.spatial + channel * parts.channel + diversity * parts.diversity;
        });
      }));
}

}  // namespace retort::model
