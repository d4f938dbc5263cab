#include "distil/field/methods/feature_3dgs_functions.h"

#include "core/errors.h"
#include "core/registries.h"
#include "distil/field/language/selection_rule.h"
#include "metrics/image_quality.h"
#include "run/parity.h"

namespace retort::field {

at::Tensor decode_feature_map(const at::Tensor& feature_map, const std::optional<FeatureDecoder>& decoder,
                              int64_t height, int64_t width) {
  RT_CHECK(feature_map.dim() == 3, "feature map is [C,H,W], here {} dimensions", feature_map.dim());
  const at::Tensor resized =
      at::upsample_bilinear2d(feature_map.unsqueeze(0), at::IntArrayRef({height, width}), /*align_corners=*/true);
  if (!decoder) return resized.squeeze(0);
  const at::Tensor& weight = decoder->weight;
  RT_CHECK(weight.size(1) == feature_map.size(0), "decoder of {} channels, feature map of {}", weight.size(1),
           feature_map.size(0));
  return at::conv2d(resized, weight.reshape({weight.size(0), weight.size(1), 1, 1}), decoder->bias).squeeze(0);
}

JointLoss joint_loss(const at::Tensor& image, const at::Tensor& target, const at::Tensor& feature_map,
                     const at::Tensor& target_feature_map, const std::optional<FeatureDecoder>& decoder,
                     const JointLossOptions& options) {
  RT_CHECK(target_feature_map.dim() == 3, "teacher map is [O,h,w], here {} dimensions", target_feature_map.dim());
  JointLoss result;
  result.l1 = metrics::l1(image, target);
  result.feature_l1 =
      metrics::l1(decode_feature_map(feature_map, decoder, target_feature_map.size(1), target_feature_map.size(2)),
                  target_feature_map);
  result.loss = (1 - options.lambda_dssim) * result.l1 + options.lambda_dssim * (1 - metrics::ssim(image, target)) +
                options.gamma * result.feature_l1;
  return result;
}

namespace {

constexpr const char* feature_3dgs_repository = "ShijieZhou-UCLA/feature-3dgs @6c570d6, ";

std::optional<FeatureDecoder> parity_decoder(const run::ParityCall& call) {
  if (!call.optional_state("conv.weight")) return std::nullopt;
  return FeatureDecoder{call.state("conv.weight"), call.state("conv.bias")};
}

void joint_loss_parity(run::ParityCall& call) {
  const auto result = joint_loss(
      call.input("image"), call.input("target"), call.input("feature_map"), call.input("target_feature_map"),
      parity_decoder(call), {.lambda_dssim = call.number("lambda_dssim", 0.2), .gamma = call.number("gamma", 1.0)});
  call.output("loss", result.loss);
  call.output("l1", result.l1);
  call.output("feature_l1", result.feature_l1);
}

ParityFunction selection_parity(const char* name,
                                at::Tensor (*select)(const at::Tensor&, const at::Tensor&, const SelectionRule&)) {
  return {.summary = "which Gaussians answer a query",
          .source = fmt::format("{}gaussian_renderer/__init__.py {}", feature_3dgs_repository, name),
          .inputs = {{"features", "[P,C]"}, {"queries", "[K,C]"}},
          .options = {"positive_ids", "score_threshold"},
          .outputs = {{"value", "[P]"}},
          .run = [select](run::ParityCall& call) {
            SelectionRule rule{.positive_ids = call.integers("positive_ids"), .score_threshold = std::nullopt};
            if (call.has_option("score_threshold")) rule.score_threshold = call.number("score_threshold");
            call.output("value", select(call.input("features"), call.input("queries"), rule));
          }};
}

}  // namespace

}  // namespace retort::field

namespace retort {

void register_feature_3dgs_functions(Registries& registries) {
  registries.parity.add(
      "field.feature_3dgs.decode",
      {.summary = "rendered map, resized and decoded by a 1x1 convolution",
       .source = fmt::format("{}train.py, models/networks.py CNN_decoder", field::feature_3dgs_repository),
       .inputs = {{"feature_map", "[C,H,W]"}},
       .states = {{"conv.weight", "[O,C,1,1]"}, {"conv.bias", "[O]"}},
       .options = {"height", "width"},
       .outputs = {{"value", "[O,h,w]"}},
       .run = [](run::ParityCall& call) {
         call.output("value", field::decode_feature_map(call.input("feature_map"), field::parity_decoder(call),
                                                        call.integer("height"), call.integer("width")));
       }});
  registries.parity.add(
      "field.feature_3dgs.joint_loss",
      {.summary = "photometric loss and L1 of the decoded features",
       .source = fmt::format("{}train.py training, utils/loss_utils.py", field::feature_3dgs_repository),
       .inputs =
           {{"image", "[3,H,W]"}, {"target", "[3,H,W]"}, {"feature_map", "[C,H,W]"}, {"target_feature_map", "[O,h,w]"}},
       .states = {{"conv.weight", "[O,C,1,1]", "f32", true}, {"conv.bias", "[O]", "f32", true}},
       .options = {"lambda_dssim", "gamma"},
       .outputs = {{"loss", "[]"}, {"l1", "[]"}, {"feature_l1", "[]"}},
       .run = field::joint_loss_parity});
  registries.parity.add("field.feature_3dgs.selection_score",
                        field::selection_parity("calculate_selection_score", field::selection_score));
  registries.parity.add("field.feature_3dgs.selection_score_delete",
                        field::selection_parity("calculate_selection_score_delete", field::selection_score_delete));
}

}  // namespace retort
