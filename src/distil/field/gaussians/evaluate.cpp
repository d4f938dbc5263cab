#include "distil/field/gaussians/evaluate.h"

#include <ATen/ATen.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/choice_name.h"
#include "core/errors.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/pictures.h"
#include "distil/field/teachers/baselines.h"
#include "io/area_resize.h"
#include "metrics/colour_fit.h"
#include "metrics/image_quality.h"
#include "metrics/kmeans.h"
#include "metrics/label_maps.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {
constexpr int64_t clustering_pixels = 20000;  // of all training maps together
constexpr int clustering_iterations = 25;

at::Tensor image_tensor(const io::Image& image) {
  auto bytes = at::empty({image.height, image.width, 3}, at::kByte);
  std::copy(image.pixels.begin(), image.pixels.end(), bytes.data_ptr<uint8_t>());
  return (bytes.permute({2, 0, 1}).to(at::kFloat) / 255).contiguous();
}

// [C,h,w] -> unit-length rows [h*w,C].
at::Tensor unit_pixel_rows(const at::Tensor& map) {
  return metrics::unit_vectors(map.to(at::kFloat).reshape({map.size(0), -1}).t());
}

// Which pixels of a map, as rows [height*width], a picture's mask counts: those of which it counts at least half.
// Undefined for a picture without a mask.
at::Tensor counted_map_rows(const io::Image& mask, int64_t height, int64_t width) {
  if (mask.empty()) return {};
  const auto small = io::area_resize(mask, static_cast<int>(width), static_cast<int>(height));
  return at::tensor(at::ArrayRef<uint8_t>(small.pixels)).ge(128);
}

// Judges maps of held-out views against the teacher's own, by cosine and by pseudo-labels.
class FidelityJudge {
 public:
  FidelityJudge(TeacherMaps& maps, const Scene& scene, Context& context) : pool_(context.pool) {
    const int64_t share = std::max<int64_t>(1, clustering_pixels / static_cast<int64_t>(scene.train.size()));
    std::vector<at::Tensor> samples;
    for (const int view : scene.train) {
      const auto rows = unit_pixel_rows(maps.read_stored(view));
      samples.push_back(rows.slice(0, 0, rows.size(0), std::max<int64_t>(1, rows.size(0) / share)));
    }
    const auto rows = at::cat(samples).contiguous();
    const auto classes = std::min(pseudo_label_classes, rows.size(0));
    const auto generator = context.random.child("pseudo_labels").generator();
    centres_ =
        metrics::fit_kmeans(rows, {.clusters = classes, .iterations = clustering_iterations}, generator, pool_).centres;
  }

  // Adds the scores of one view's map [C,h,w] to the sums, over the rows [h*w] that count (undefined: all).
  void add(const at::Tensor& map, const at::Tensor& teacher, const at::Tensor& counted, FeatureFidelity& sums) const {
    const auto rows_of = [&](const at::Tensor& of) {
      const auto rows = unit_pixel_rows(of);
      return counted.defined() ? rows.index({counted}) : rows;
    };
    const auto ours = rows_of(map), theirs = rows_of(teacher);
    const auto our_labels = metrics::nearest_centre(ours.contiguous(), centres_, pool_);
    const auto their_labels = metrics::nearest_centre(theirs.contiguous(), centres_, pool_);
    sums.cosine += (ours * theirs).sum(-1).mean().item<double>();
    sums.accuracy += metrics::label_accuracy(their_labels, our_labels);
    sums.mean_iou += metrics::mean_iou(their_labels, our_labels, centres_.size(0));
  }

 private:
  ThreadPool& pool_;
  at::Tensor centres_;
};

void divide(FeatureFidelity& sums, double count) {
  sums.cosine /= count;
  sums.accuracy /= count;
  sums.mean_iou /= count;
}

// Of the 8-bit picture that the colours make.
metrics::MaskedQuality picture_quality(const at::Tensor& colour, const at::Tensor& truth,
                                       const std::optional<at::Tensor>& mask) {
  const auto ours = image_tensor(colour_picture(colour));
  if (mask) return metrics::masked_quality(ours, truth, *mask);
  return {.psnr = metrics::psnr(ours.unsqueeze(0), truth.unsqueeze(0)).item<double>(),
          .ssim = metrics::ssim(ours, truth).item<double>()};
}

ViewScore score_picture(const View& view, const at::Tensor& colour, const ViewImage& truth, bool fit_colours) {
  const auto photo = image_tensor(truth.rgb);
  std::optional<at::Tensor> mask;
  if (!truth.mask.empty()) {
    mask = at::tensor(at::ArrayRef<uint8_t>(truth.mask.pixels)).view({truth.mask.height, truth.mask.width}) > 0;
  }
  const auto plain = picture_quality(colour, photo, mask);
  ViewScore score{.view = view.name, .psnr = plain.psnr, .ssim = plain.ssim, .masked = mask.has_value()};
  if (fit_colours) {
    const auto fitted = picture_quality(metrics::fit_colours(colour, photo, mask), photo, mask);
    score.fitted = FittedScore{.psnr = fitted.psnr, .ssim = fitted.ssim};
  }
  return score;
}

void score_fidelity(const EvaluationInputs& inputs, const std::vector<int>& views, splat::MapFilter filter,
                    FieldRenderer& renderer, Context& context, Evaluation& evaluation) {
  auto& maps = *inputs.maps;
  const FidelityJudge judge(maps, inputs.scene, context);
  const auto mean = mean_feature(maps, inputs.scene);
  FeatureFidelity field, constant, nearest;
  double count = 0;
  for (const int view : views) {
    if (!maps.has(view)) continue;
    const auto teacher = maps.read_stored(view);
    const auto counted = counted_map_rows(inputs.images.get(view)->mask, teacher.size(1), teacher.size(2));
    if (counted.defined() && !counted.any().item<bool>()) continue;
    renderer.look(inputs.scene.views[view].camera);
    auto ours = renderer.feature_map(static_cast<int>(teacher.size(1)), static_cast<int>(teacher.size(2)), filter)
                    .permute({2, 0, 1});
    if (inputs.field.basis) ours = inputs.field.basis->expand_map(ours);
    judge.add(ours, teacher, counted, field);
    judge.add(constant_map(maps, mean, view), teacher, counted, constant);
    judge.add(nearest_view_map(maps, inputs.scene, view), teacher, counted, nearest);
    ++count;
  }
  if (count == 0) return;
  for (auto* sums : {&field, &constant, &nearest}) divide(*sums, count);
  evaluation.field = field;
  evaluation.constant_map = constant;
  evaluation.nearest_view = nearest;
}

std::string lpips_line(const Evaluation& evaluation) {
  if (!evaluation.mean_lpips) {
    return "LPIPS: not measured (--lpips vgg with `retort field eval`, evaluate.lpips=vgg in a recipe)\n";
  }
  const bool right = evaluation.lpips->scaling == metrics::LpipsScaling::to_minus_one_one;
  return fmt::format("LPIPS, {}{} (lower is better) {:.4f}\n", choice_name(evaluation.lpips->trunk),
                     right ? "" : ", images as given", *evaluation.mean_lpips);
}

nlohmann::ordered_json fidelity_json(const FeatureFidelity& fidelity) {
  return {{"cosine", fidelity.cosine}, {"accuracy", fidelity.accuracy}, {"mean_iou", fidelity.mean_iou}};
}

nlohmann::ordered_json fitted_json(const FittedScore& score) { return {{"psnr_db", score.psnr}, {"ssim", score.ssim}}; }

std::string fidelity_row(const char* name, const FeatureFidelity& fidelity) {
  return fmt::format("{:<28} {:>8.4f} {:>9.4f} {:>9.4f}\n", name, fidelity.cosine, fidelity.accuracy,
                     fidelity.mean_iou);
}
}  // namespace

Evaluation evaluate_field(const EvaluationInputs& inputs, const std::vector<int>& views, splat::MapFilter filter,
                          Context& context) {
  Evaluation evaluation;
  FieldRenderer renderer(inputs.field, context.pool, inputs.isa);
  for (const int view : views) {
    renderer.look(inputs.scene.views[view].camera);
    const auto picture = inputs.images.get(view);
    if (!picture->mask.empty() && !at::tensor(at::ArrayRef<uint8_t>(picture->mask.pixels)).any().item<bool>()) {
      context.log.warn("{}: its mask counts no pixel; the view is left out", inputs.scene.views[view].name);
      continue;
    }
    const auto colour = renderer.view().colour;
    evaluation.views.push_back(score_picture(inputs.scene.views[view], colour, *picture, inputs.fit_colours));
    if (inputs.lpips != nullptr) {
      const auto ours = image_tensor(colour_picture(colour)), theirs = image_tensor(picture->rgb);
      const auto distance =
          metrics::lpips(ours.unsqueeze(0), theirs.unsqueeze(0), inputs.lpips->weights, inputs.lpips->options);
      evaluation.views.back().lpips = distance.item<double>();
      evaluation.mean_lpips = evaluation.mean_lpips.value_or(0) + *evaluation.views.back().lpips;
    }
    if (const auto& fitted = evaluation.views.back().fitted) {
      auto mean = evaluation.mean_fitted.value_or(FittedScore{});
      evaluation.mean_fitted = FittedScore{.psnr = mean.psnr + fitted->psnr, .ssim = mean.ssim + fitted->ssim};
    }
    evaluation.mean_psnr += evaluation.views.back().psnr;
    evaluation.mean_ssim += evaluation.views.back().ssim;
    evaluation.masked = evaluation.masked || evaluation.views.back().masked;
  }
  if (evaluation.views.empty()) user_error("no view to evaluate: the masks of all count no pixel");
  const auto count = static_cast<double>(evaluation.views.size());
  evaluation.mean_psnr /= count;
  evaluation.mean_ssim /= count;
  if (evaluation.mean_lpips) {
    *evaluation.mean_lpips /= count;
    evaluation.lpips = inputs.lpips->options;
  }
  if (auto& fitted = evaluation.mean_fitted) fitted = FittedScore{fitted->psnr / count, fitted->ssim / count};
  if (inputs.maps != nullptr && inputs.field.feature_dim() > 0) {
    score_fidelity(inputs, views, filter, renderer, context, evaluation);
  }
  return evaluation;
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  nlohmann::ordered_json json;
  json["psnr_db"] = evaluation.mean_psnr;
  json["ssim"] = evaluation.mean_ssim;
  if (evaluation.mean_lpips) {
    json["lpips"] = *evaluation.mean_lpips;
    json["lpips_trunk"] = choice_name(evaluation.lpips->trunk);
    json["lpips_scaling"] = choice_name(evaluation.lpips->scaling);
  }
  if (evaluation.mean_fitted) json["after_colour_fit"] = fitted_json(*evaluation.mean_fitted);
  if (evaluation.field) {
    json["feature_fidelity"] = {{"field", fidelity_json(*evaluation.field)},
                                {"constant_map", fidelity_json(*evaluation.constant_map)},
                                {"nearest_training_view", fidelity_json(*evaluation.nearest_view)}};
  }
  for (const auto& view : evaluation.views) {
    json["views"].push_back(
        {{"view", view.view}, {"psnr_db", view.psnr}, {"ssim", view.ssim}, {"masked", view.masked}});
    if (view.lpips) json["views"].back()["lpips"] = *view.lpips;
    if (view.fitted) json["views"].back()["after_colour_fit"] = fitted_json(*view.fitted);
  }
  return json;
}

std::string to_text(const Evaluation& evaluation) {
  std::string text = fmt::format("{:<28} {:>8} {:>9}\n", "view (higher is better)", "PSNR dB", "SSIM");
  for (const auto& view : evaluation.views) {
    text += fmt::format("{:<28} {:>8.2f} {:>9.4f}\n", view.view, view.psnr, view.ssim);
  }
  text += fmt::format("{:<28} {:>8.2f} {:>9.4f}\n", "mean", evaluation.mean_psnr, evaluation.mean_ssim);
  text += lpips_line(evaluation);
  if (evaluation.masked) text += "PSNR, SSIM and features of views with a mask: over the pixels that count\n";
  if (const auto& fitted = evaluation.mean_fitted) {
    text += fmt::format("{:<28} {:>8.2f} {:>9.4f}\n", "mean after colour fit", fitted->psnr, fitted->ssim);
  }
  if (!evaluation.field) return text;
  text += fmt::format("\n{:<28} {:>8} {:>9} {:>9}\n", "against the teacher's maps", "cosine", "accuracy", "mIoU");
  text += fidelity_row("this field", *evaluation.field);
  text += fidelity_row("nearest training view's map", *evaluation.nearest_view);
  text += fidelity_row("constant map", *evaluation.constant_map);
  return text;
}

}  // namespace retort::field
