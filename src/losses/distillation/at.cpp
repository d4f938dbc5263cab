#include "losses/distillation/at.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

at::Tensor attention_map(const at::Tensor& map, int64_t power) {
  return unit_or_zero(map.pow(power).mean(1).flatten(1));
}

at::Tensor at_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features,
                   const AtOptions& options) {
  require_stages("at", student_features, "[B,C,H,W]", teacher_features, "[B,D,h,w]");
  return sum_over_stages(student_features, teacher_features, [&](const auto& student, const auto& teacher, size_t) {
    const auto [ours, theirs] = averaged_to_smaller(student, teacher);
    return mean_squared_difference(attention_map(ours, options.p), attention_map(theirs, options.p));
  });
}

at::Tensor at_paper_loss(const std::vector<at::Tensor>& student_features,
                         const std::vector<at::Tensor>& teacher_features) {
  require_stages("at", student_features, "[B,C,H,W]", teacher_features, "[B,D,H,W]");
  return sum_over_stages(student_features, teacher_features, [](const auto& student, const auto& teacher, size_t) {
    return (attention_map(student, 2) - attention_map(teacher, 2)).norm(2, {1}).mean();
  });
}

}  // namespace retort::losses

namespace retort {

void register_at(Registries& registries) {
  registries.parity.add(
      "model.at.loss",
      losses::parity_of_stages({.summary = "attention maps, squared difference",
                                .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/AT.py at_loss",
                                .options = {"p"},
                                .loss = [](const auto& call, const auto& students, const auto& teachers) {
                                  losses::AtOptions options;
                                  options.p = call.integer("p", options.p);
                                  return losses::at_loss(students, teachers, options);
                                }}));
  registries.parity.add(
      "model.at.paper_loss",
      losses::parity_of_stages(
          {.summary = "attention maps, length of the difference",
           .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py ATLoss(mode=paper)",
           .loss = [](const auto&, const auto& students, const auto& teachers) {
             return losses::at_paper_loss(students, teachers);
           }}));
}

}  // namespace retort
