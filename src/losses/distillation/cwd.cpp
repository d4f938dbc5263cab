#include "losses/distillation/cwd.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

void require_channel_maps(const at::Tensor& student, const at::Tensor& teacher) {
  require_shapes("cwd", {{"student features", student, "[B,C,H,W]"}, {"teacher features", teacher, "[B,C,H,W]"}});
}

}  // namespace

at::Tensor cwd_loss(const at::Tensor& student_features, const at::Tensor& teacher_features, const CwdOptions& options) {
  require_channel_maps(student_features, teacher_features);
  return options.temperature * options.temperature *
         softened_divergence(student_features.flatten(2), teacher_features.flatten(2), options.temperature);
}

at::Tensor cwd_cross_entropy_loss(const at::Tensor& student_features, const at::Tensor& teacher_features,
                                  const CwdCrossEntropyOptions& options) {
  require_channel_maps(student_features, teacher_features);
  const at::Tensor student = at::log_softmax(student_features.flatten(2) / options.temperature, 2),
                   teacher = at::softmax(teacher_features.flatten(2) / options.temperature, 2);
  return -options.temperature * options.temperature * (teacher * student).sum(2).mean();
}

}  // namespace retort::losses

namespace retort {

void register_cwd(Registries& registries) {
  registries.parity.add("model.cwd.loss",
                        losses::parity_of_pair({.summary = "divergence of each channel's distribution over positions",
                                                .source = "derived from the paper's equation",
                                                .name = "features",
                                                .student_pattern = "[B,C,H,W]",
                                                .teacher_pattern = "[B,C,H,W]",
                                                .options = {"temperature"},
                                                .loss = [](const auto& call, const auto& student, const auto& teacher) {
                                                  losses::CwdOptions options;
                                                  options.temperature = call.number("temperature", options.temperature);
                                                  return losses::cwd_loss(student, teacher, options);
                                                }}));
  registries.parity.add(
      "model.cwd.cross_entropy_loss",
      losses::parity_of_pair({.summary = "cross-entropy of each channel's distribution over positions",
                              .source = "pengzhiliang/G2SD @6146adf, G2SD_seg_dis/src/distillation/losses/cwd.py "
                                        "ChannelWiseDivergence",
                              .name = "features",
                              .student_pattern = "[B,C,H,W]",
                              .teacher_pattern = "[B,C,H,W]",
                              .options = {"temperature"},
                              .loss = [](const auto& call, const auto& student, const auto& teacher) {
                                losses::CwdCrossEntropyOptions options;
                                options.temperature = call.number("temperature", options.temperature);
                                return losses::cwd_cross_entropy_loss(student, teacher, options);
                              }}));
}

}  // namespace retort
