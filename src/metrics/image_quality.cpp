#include "metrics/image_quality.h"

#include "core/registries.h"
#include "run/parity.h"

namespace retort::metrics {

namespace {

void require_same_shape(const char* who, const at::Tensor& first, const at::Tensor& second) {
  RT_CHECK(first.sizes() == second.sizes(), "{}: {} dimensions, {} elements against {} dimensions, {} elements", who,
           first.dim(), first.numel(), second.dim(), second.numel());
}

/// The normalised one-dimensional window; its outer product with itself is the two-dimensional one.
at::Tensor gaussian_window(const at::TensorOptions& options) {
  const at::Tensor offset =
      at::arange(ssim_window_side, at::TensorOptions().dtype(at::kDouble)) - (ssim_window_side / 2);
  const at::Tensor weights = at::exp(offset * offset / (-2 * ssim_window_sigma * ssim_window_sigma));
  return (weights / weights.sum()).to(options);
}

/// Windowed means of [N,1,H,W] with zero padding.
at::Tensor windowed_means(const at::Tensor& stack, const at::Tensor& window) {
  constexpr int64_t padding = ssim_window_side / 2;
  const at::Tensor along_rows = at::conv2d(stack, window.view({1, 1, 1, -1}), {}, 1, at::IntArrayRef({0, padding}));
  return at::conv2d(along_rows, window.view({1, 1, -1, 1}), {}, 1, at::IntArrayRef({padding, 0}));
}

}  // namespace

at::Tensor l1(const at::Tensor& prediction, const at::Tensor& target) {
  require_same_shape("l1", prediction, target);
  return (prediction - target).abs().mean();
}

at::Tensor psnr(const at::Tensor& image, const at::Tensor& target) {
  require_same_shape("psnr", image, target);
  RT_CHECK(image.dim() >= 1 && image.numel() > 0, "psnr: an image is empty");
  const at::Tensor mean_squared_error = (image - target).square().reshape({image.size(0), -1}).mean(1, true);
  return -10 * at::log10(mean_squared_error);
}

at::Tensor ssim_map(const at::Tensor& image, const at::Tensor& target) {
  require_same_shape("ssim", image, target);
  RT_CHECK(image.dim() == 3 && image.numel() > 0, "ssim: images are [C,H,W] and not empty, here {} dimensions",
           image.dim());
  const int64_t channels = image.size(0);
  const at::Tensor window = gaussian_window(image.options());
  const at::Tensor stack = at::cat({image, target, image * image, target * target, image * target});
  const std::vector<at::Tensor> means = windowed_means(stack.unsqueeze(1), window).squeeze(1).split(channels);
  const at::Tensor &mean_image = means[0], &mean_target = means[1];
  const at::Tensor mean_product = mean_image * mean_target;
  const at::Tensor squares = mean_image * mean_image + mean_target * mean_target;
  const at::Tensor covariance = means[4] - mean_product;
  const at::Tensor variances = means[2] + means[3] - squares;
  return (2 * mean_product + ssim_c1) * (2 * covariance + ssim_c2) / ((squares + ssim_c1) * (variances + ssim_c2));
}

at::Tensor ssim(const at::Tensor& image, const at::Tensor& target) { return ssim_map(image, target).mean(); }

MaskedQuality masked_quality(const at::Tensor& image, const at::Tensor& target, const at::Tensor& mask) {
  RT_CHECK(mask.dim() == 2 && image.dim() == 3 && mask.size(0) == image.size(1) && mask.size(1) == image.size(2),
           "masked quality: the mask's shape is not the image's");
  const auto mean_inside = [&](const at::Tensor& map) {
    return map.masked_select(mask.unsqueeze(0).expand_as(map)).mean().item<double>();
  };
  return {.psnr = -10 * std::log10(mean_inside((image - target).square())),
          .ssim = mean_inside(ssim_map(image, target))};
}

}  // namespace retort::metrics

namespace retort {

void register_image_quality(Registries& registries) {
  constexpr const char* repository = "ShijieZhou-UCLA/feature-3dgs @6c570d6, ";
  registries.parity.add("metrics.l1", {.summary = "mean absolute difference",
                                       .source = fmt::format("{}utils/loss_utils.py l1_loss", repository),
                                       .inputs = {{"prediction", "[...]"}, {"target", "[...]"}},
                                       .outputs = {{"value", "[]"}},
                                       .run = [](run::ParityCall& call) {
                                         call.output("value",
                                                     metrics::l1(call.input("prediction"), call.input("target")));
                                       }});
  registries.parity.add("metrics.psnr", {.summary = "peak signal-to-noise ratio in dB, peak 1",
                                         .source = fmt::format("{}utils/image_utils.py psnr", repository),
                                         .inputs = {{"image", "[B,...]"}, {"target", "[B,...]"}},
                                         .outputs = {{"value", "[B,1]"}},
                                         .run = [](run::ParityCall& call) {
                                           call.output("value",
                                                       metrics::psnr(call.input("image"), call.input("target")));
                                         }});
  registries.parity.add("metrics.ssim", {.summary = "structural similarity, Gaussian window, zero padding",
                                         .source = fmt::format("{}utils/loss_utils.py ssim", repository),
                                         .inputs = {{"image", "[C,H,W]"}, {"target", "[C,H,W]"}},
                                         .outputs = {{"value", "[]"}},
                                         .run = [](run::ParityCall& call) {
                                           call.output("value",
                                                       metrics::ssim(call.input("image"), call.input("target")));
                                         }});
}

}  // namespace retort
