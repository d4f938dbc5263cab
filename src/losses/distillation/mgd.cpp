#include "losses/distillation/mgd.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

std::vector<std::string> choices(MgdMask) { return {"channel", "position"}; }

at::Tensor mgd_loss(const nn::Scope& scope, const at::Tensor& student_features, const at::Tensor& teacher_features,
                    const at::Tensor& noise, const MgdOptions& options) {
  const bool by_channel = options.mask == MgdMask::channel;
  require_shapes("mgd", {{"student features", student_features, "[B,C,H,W]"},
                         {"teacher features", teacher_features, "[B,D,H,W]"},
                         {"noise", noise, by_channel ? "[B,D,1,1]" : "[B,1,H,W]"}});
  const int64_t channels = teacher_features.size(1);
  const at::Tensor aligned = student_features.size(1) == channels
                                 ? student_features
                                 : nn::conv2d(scope / "align", student_features, {.out_channels = channels});
  const at::Tensor kept = by_channel ? noise.ge(options.mask_ratio) : noise.le(1 - options.mask_ratio);
  const auto generation = scope / "generation";
  const nn::Conv2dOptions convolution{.out_channels = channels, .kernel = 3, .padding = 1};
  const at::Tensor masked = aligned * kept.to(aligned.scalar_type()),
                   hidden = nn::relu(generation / "1", nn::conv2d(generation / "0", masked, convolution)),
                   generated = nn::conv2d(generation / "2", hidden, convolution);
  return options.alpha / static_cast<double>(generated.size(0)) * (generated - teacher_features).square().sum();
}

}  // namespace retort::losses

namespace retort {

void register_mgd(Registries& registries) {
  registries.parity.add(
      "model.mgd.loss",
      {.summary = "the teacher's map generated from a masked student map",
       .source = "yzd-v/MGD @2c9da0b, cls/mmcls/distillation/losses/mgd.py MGDLoss, "
                 "seg/mmseg/distillation/losses/mgd.py FeatureLoss",
       .inputs = {{"student_features", "[B,C,H,W]"}, {"teacher_features", "[B,D,H,W]"}, {"noise", "[B,...]"}},
       .states = {{"align.weight", "[D,C,1,1]", "f32", true},
                  {"align.bias", "[D]", "f32", true},
                  {"generation.0.weight", "[D,D,3,3]"},
                  {"generation.0.bias", "[D]"},
                  {"generation.2.weight", "[D,D,3,3]"},
                  {"generation.2.bias", "[D]"}},
       .options = {"mask", "mask_ratio", "alpha"},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         const auto weights = nn::parity_weights(call);
         nn::GivenSource source(weights);
         losses::MgdOptions options;
         options.mask = nn::choice_of<losses::MgdMask>(call, "mask", "channel");
         options.mask_ratio = call.number("mask_ratio", options.mask_ratio);
         options.alpha = call.number("alpha", options.alpha);
         call.output("value", losses::mgd_loss(nn::Scope(source), call.input("student_features"),
                                               call.input("teacher_features"), call.input("noise"), options));
       }});
}

}  // namespace retort
