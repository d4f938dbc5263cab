#include "losses/distillation/ickd.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"

namespace retort::losses {

namespace {

at::Tensor channel_similarities(const at::Tensor& features) {
  const at::Tensor channels = features.flatten(2);
  return unit_or_zero(at::bmm(channels, channels.transpose(1, 2)));
}

}  // namespace

at::Tensor ickd_loss(const at::Tensor& student_features, const at::Tensor& teacher_features) {
  require_shapes("ickd", {{"student features", student_features, "[B,C,H,W]"},
                          {"teacher features", teacher_features, "[B,C,h,w]"}});
  const auto batch = static_cast<double>(student_features.size(0)),
             channels = static_cast<double>(student_features.size(1));
  return (channel_similarities(student_features) - channel_similarities(teacher_features)).square().sum() /
         (channels * batch * batch);
}

}  // namespace retort::losses

namespace retort {

void register_ickd(Registries& registries) {
  registries.parity.add(
      "model.ickd.loss",
      losses::parity_of_pair(
          {.summary = "similarities between the channels of each sample",
           .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py ChSimLoss.batch_loss",
           .name = "features",
           .student_pattern = "[B,C,H,W]",
           .teacher_pattern = "[B,C,h,w]",
           .loss = [](const auto&, const auto& student, const auto& teacher) {
             return losses::ickd_loss(student, teacher);
           }}));
}

}  // namespace retort
