#include "losses/distillation/acam_kd.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"
#include "nn/attention.h"
#include "nn/layers.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

constexpr double mask_eps = 1e-12;

void require_equal_maps(const at::Tensor& teacher_features, const at::Tensor& student_features) {
  require_shapes("acam", {{"teacher features", teacher_features, "[B,C,H,W]"},
                          {"student features", student_features, "[B,C,H,W]"}});
}

/// [B,C,H,W] -> [B,HW,C].
at::Tensor tokens_of_map(const at::Tensor& map) { return map.flatten(2).transpose(1, 2); }

at::Tensor resized_to(const at::Tensor& map, int64_t height, int64_t width) {
  if (map.size(2) == height && map.size(3) == width) return map;
  return at::upsample_bilinear2d(map, {height, width}, /*align_corners=*/false);
}

/// Squared lengths [B,M] of differences under masks [B,M,N] over their sums; `squares` [B,N] are already summed over
/// the other axis.
at::Tensor over_mask_sums(const at::Tensor& masks, const at::Tensor& squares) {
  const at::Tensor masked = at::matmul(masks.square(), squares.unsqueeze(2)).squeeze(2);
  return masked / masks.sum(2).clamp_min(mask_eps);
}

}  // namespace

at::Tensor cooperative_fusion(const nn::Scope& scope, const at::Tensor& teacher_features,
                              const at::Tensor& student_features, int64_t max_tokens) {
  require_equal_maps(teacher_features, student_features);
  const int64_t channels = teacher_features.size(1), whole_height = teacher_features.size(2),
                whole_width = teacher_features.size(3);
  if (channels < 2) user_error("acam: maps of one channel leave none for queries and keys");
  int64_t height = whole_height, width = whole_width;
  if (max_tokens > 0 && height * width > max_tokens) {
    const double side = std::sqrt(static_cast<double>(max_tokens) / static_cast<double>(height * width));
    height = std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(height) * side));
    width = std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(width) * side));
  }
  const at::Tensor asking = tokens_of_map(averaged_to(teacher_features, height, width)),
                   answering = tokens_of_map(averaged_to(student_features, height, width));
  const auto projected = [&](const char* name, const at::Tensor& x, int64_t features) {
    return nn::linear(scope / name, x, {.out_features = features}).unsqueeze(1);  // one head
  };
  const at::Tensor query = projected("query", asking, channels / 2), key = projected("key", answering, channels / 2),
                   value = projected("value", answering, channels);
  const at::Tensor fused = nn::scaled_dot_attention(scope, query, key, value).squeeze(1).transpose(1, 2);
  return resized_to(fused.reshape({fused.size(0), channels, height, width}), whole_height, whole_width);
}

SelectionMasks selection_masks(const at::Tensor& fused, const at::Tensor& channel_units,
                               const at::Tensor& spatial_units) {
  require_shapes("acam", {{"fused features", fused, "[B,C,H,W]"},
                          {"channel units", channel_units, "[M]"},
                          {"spatial units", spatial_units, "[M,C]"}});
  const at::Tensor mean = fused.mean({2, 3}).unsqueeze(1);  // [B,1,C]
  return {.channel = (channel_units.view({1, -1, 1}) * mean).sigmoid(),
          .spatial = at::matmul(spatial_units, fused.flatten(2)).sigmoid()};
}

at::Tensor mask_diversity_loss(const at::Tensor& masks, DiversityForm form) {
  require_shapes("acam", {{"masks", masks, "[B,M,D]"}});
  const int64_t count = masks.size(1);
  const at::Tensor products = at::matmul(masks, masks.transpose(1, 2));
  const at::Tensor lengths = masks.square().sum(2) + mask_eps;
  const at::Tensor others = 1 - at::eye(count, masks.options());
  if (form == DiversityForm::whole) return ((products * others).sum({1, 2}) / lengths.sum(1)).mean();
  const at::Tensor dice = 2 * products / (lengths.unsqueeze(2) + lengths.unsqueeze(1));
  const auto pairs = static_cast<double>(std::max<int64_t>(1, count * (count - 1)));
  return (dice * others).sum({1, 2}).mean() / pairs;
}

MaskedDistillation masked_distillation_loss(const at::Tensor& teacher_features, const at::Tensor& student_features,
                                            const SelectionMasks& masks) {
  require_equal_maps(teacher_features, student_features);
  const at::Tensor squares = (teacher_features - student_features).square().flatten(2);  // [B,C,HW]
  require_shapes("acam", {{"squared differences", squares, "[B,C,N]"},
                          {"channel masks", masks.channel, "[B,M,C]"},
                          {"spatial masks", masks.spatial, "[B,K,N]"}});
  const auto channels = static_cast<double>(squares.size(1)), places = static_cast<double>(squares.size(2));
  return {.spatial = over_mask_sums(masks.spatial, squares.sum(1)).mean() / channels,
          .channel = over_mask_sums(masks.channel, squares.sum(2)).mean() / places};
}

AcamTerms acam_terms(const nn::Scope& scope, const at::Tensor& teacher_features, const at::Tensor& student_features,
                     const AcamOptions& options) {
  require_shapes("acam", {{"teacher features", teacher_features, "[B,C,H,W]"},
                          {"student features", student_features, "[B,S,h,w]"}});
  const int64_t channels = teacher_features.size(1);
  at::Tensor student = student_features;
  if (student.size(1) != channels) student = nn::conv2d(scope / "align", student, {.out_channels = channels});
  student = resized_to(student, teacher_features.size(2), teacher_features.size(3));
  const at::Tensor seen = options.detach_student_in_mask ? student.detach() : student;
  const bool student_asks = options.masks_from == MaskMakers::student_asks,
             student_answers = options.masks_from == MaskMakers::both;
  const at::Tensor fused = options.masks_from == MaskMakers::tokens
                               ? teacher_features
                               : cooperative_fusion(scope, student_asks ? seen : teacher_features,
                                                    student_answers ? seen : teacher_features, options.max_tokens);
  const auto start = nn::Initialiser::normal(options.unit_deviation);
  const auto masks = selection_masks(fused, scope.parameter("channel_units", {options.masks}, start),
                                     scope.parameter("spatial_units", {options.masks, channels}, start));
  const auto distilled = masked_distillation_loss(teacher_features, student, masks);
  return {.spatial = distilled.spatial,
          .channel = distilled.channel,
          .diversity = mask_diversity_loss(masks.channel, options.diversity) +
                       mask_diversity_loss(masks.spatial, options.diversity)};
}

}  // namespace retort::losses

namespace retort {

void register_acam_kd(Registries& registries) {
  const char* source = "derived from the paper";
  registries.parity.add(
      "model.acam_kd.fuse",
      {.summary = "teacher's positions attend to the student's",
       .source = source,
       .inputs = {{"teacher_features", "[B,C,H,W]"}, {"student_features", "[B,C,H,W]"}},
       .states = {{"query.*", "[Q,...]"}, {"key.*", "[Q,...]"}, {"value.*", "[C,...]"}},
       .outputs = {{"features", "[B,C,H,W]"}, {"attention", "[B,N,N]"}},
       .run = [](run::ParityCall& call) {
         const auto weights = nn::parity_weights(call);
         nn::GivenSource source(weights);
         nn::Taps taps({"attention"});
         call.output("features", losses::cooperative_fusion(nn::Scope(source, &taps), call.input("teacher_features"),
                                                            call.input("student_features")));
         call.output("attention", taps.at("attention").squeeze(1));
       }});
  registries.parity.add("model.acam_kd.masks",
                        {.summary = "masks over channels and places from fused features",
                         .source = source,
                         .inputs = {{"fused", "[B,C,H,W]"}, {"channel_units", "[M]"}, {"spatial_units", "[M,C]"}},
                         .outputs = {{"channel", "[B,M,C]"}, {"spatial", "[B,M,N]"}},
                         .run = [](run::ParityCall& call) {
                           const auto masks = losses::selection_masks(call.input("fused"), call.input("channel_units"),
                                                                      call.input("spatial_units"));
                           call.output("channel", masks.channel);
                           call.output("spatial", masks.spatial);
                         }});
  registries.parity.add(
      "model.acam_kd.diversity_loss",
      {.summary = "how alike masks are",
       .source = "derived from the paper in the form of hunto/MasKD, mmdetection/maskd.py dice_coeff",
       .inputs = {{"masks", "[B,M,D]"}},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) { call.output("value", losses::mask_diversity_loss(call.input("masks"))); }});
  registries.parity.add("model.acam_kd.distillation_loss",
                        {.summary = "squared difference of maps under masks, over the masks' sums",
                         .source = source,
                         .inputs = {{"teacher_features", "[B,C,H,W]"},
                                    {"student_features", "[B,C,H,W]"},
                                    {"channel_masks", "[B,M,C]"},
                                    {"spatial_masks", "[B,K,N]"}},
                         .outputs = {{"spatial", "[]"}, {"channel", "[]"}},
                         .run = [](run::ParityCall& call) {
                           const auto loss = losses::masked_distillation_loss(
                               call.input("teacher_features"), call.input("student_features"),
                               {.channel = call.input("channel_masks"), .spatial = call.input("spatial_masks")});
                           call.output("spatial", loss.spatial);
                           call.output("channel", loss.channel);
                         }});
}

}  // namespace retort
