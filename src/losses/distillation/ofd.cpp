#include "losses/distillation/ofd.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "core/errors.h"
#include "core/registries.h"
#include "losses/distillation/adapters.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

namespace {
constexpr double least_negative_share = 0.001;
constexpr double rare_negatives_deviations = 3;
const double root_of_two_pi = std::sqrt(2 * M_PI);
}  // namespace

at::Tensor ofd_margin(const at::Tensor& gamma, const at::Tensor& beta) {
  require_shapes("ofd margin", {{"gamma", gamma, "[C]"}, {"beta", beta, "[C]"}});
  const at::Tensor deviation = gamma.to(at::kDouble).abs(), mean = beta.to(at::kDouble);
  const at::Tensor constant = deviation.eq(0);
  const at::Tensor ratio = mean / deviation.masked_fill(constant, 1);
  const at::Tensor negative_share = at::special_ndtr(-ratio);
  const at::Tensor expected = mean - deviation * at::exp(-ratio.square() / 2) / (root_of_two_pi * negative_share);
  const at::Tensor margin =
      at::where(negative_share.gt(least_negative_share), expected, -rare_negatives_deviations * deviation);
  return at::where(constant, mean.clamp_max(0), margin).to(gamma.scalar_type());
}

at::Tensor ofd_feature_loss(const at::Tensor& student_features, const at::Tensor& teacher_features,
                            const at::Tensor& margin) {
  require_shapes("ofd", {{"student features", student_features, "[B,C,H,W]"},
                         {"teacher features", teacher_features, "[B,C,H,W]"},
                         {"margin", margin, "[1,C,1,1]"}});
  // Below the margin the teacher stands at the margin; on its negative side only excess of the student counts.
  const at::Tensor target = at::maximum(teacher_features, margin);
  const at::Tensor difference = student_features - target;
  return at::where(teacher_features.gt(0), difference, difference.clamp_min(0)).square().mean(0).sum();
}

at::Tensor ofd_loss(const nn::Scope& scope, const std::vector<at::Tensor>& student_features,
                    const std::vector<at::Tensor>& teacher_features, const std::vector<at::Tensor>& margins) {
  require_stages("ofd", student_features, "[B,C,H,W]", teacher_features, "[B,D,h,w]");
  const size_t stages = student_features.size();
  if (margins.size() != stages) user_error("ofd: {} margins for {} stages", margins.size(), stages);
  const auto connectors = scope / "connectors" / "connectors";
  const auto stage_loss = [&](const at::Tensor& student, const at::Tensor& teacher, size_t stage) {
    const int64_t channels = teacher.size(1);
    const auto start = nn::Initialiser::normal(std::sqrt(2 / static_cast<double>(channels)));
    const at::Tensor connected =
        connector(connectors / fmt::format("{}", stage), student, {.out_channels = channels, .initialiser = start});
    return std::exp2(static_cast<double>(stage) - static_cast<double>(stages - 1)) *
           ofd_feature_loss(connected, averaged_to(teacher, student.size(2), student.size(3)), margins[stage]);
  };
  return sum_over_stages(student_features, teacher_features, stage_loss);
}

}  // namespace retort::losses

namespace retort {

void register_ofd(Registries& registries) {
  constexpr const char* source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/OFD.py";
  registries.parity.add("model.ofd.margin", {.summary = "expected negative response of each channel",
                                             .source = source,
                                             .inputs = {{"gamma", "[C]"}, {"beta", "[C]"}},
                                             .outputs = {{"value", "[C]"}},
                                             .run = [](run::ParityCall& call) {
                                               call.output("value",
                                                           losses::ofd_margin(call.input("gamma"), call.input("beta")));
                                             }});
  registries.parity.add(
      "model.ofd.feature_loss",
      {.summary = "partial squared difference of pre-activations",
       .source = source,
       .inputs = {{"student_features", "[B,C,H,W]"}, {"teacher_features", "[B,C,H,W]"}, {"margin", "[1,C,1,1]"}},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         call.output("value", losses::ofd_feature_loss(call.input("student_features"), call.input("teacher_features"),
                                                       call.input("margin")));
       }});
  registries.parity.add(
      "model.ofd.loss",
      {.summary = "partial squared differences of connected pre-activations over stages",
       .source = source,
       .inputs = {{"student_features_*", "[B,...]"}, {"teacher_features_*", "[B,...]"}, {"margin_*", "[1,...]"}},
       .states = {{"connectors.connectors.*", "[...]"}},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         const auto weights = nn::parity_weights(call);
         nn::GivenSource given(weights);
         call.output("value", losses::ofd_loss(nn::Scope(given, nullptr, {.training = true}),
                                               losses::listed_inputs(call, "student_features"),
                                               losses::listed_inputs(call, "teacher_features"),
                                               losses::listed_inputs(call, "margin")));
       }});
}

}  // namespace retort
