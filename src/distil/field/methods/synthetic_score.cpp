#include "distil/field/methods/synthetic_score.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <numbers>

#include "core/errors.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/language/query.h"
#include "distil/field/language/selection_rule.h"

namespace retort::field {

namespace {
double equal_share(const std::vector<uint8_t>& labels, const std::vector<uint8_t>& truth) {
  int64_t equal = 0;
  for (size_t pixel = 0; pixel < truth.size(); ++pixel) equal += labels[pixel] == truth[pixel];
  return static_cast<double>(equal) / static_cast<double>(truth.size());
}

// [P] int64: the class whose surface is nearest to each splat.
at::Tensor true_classes(const GaussianField& field, const SyntheticScene& scene) {
  const auto positions = field.splats.means.to(at::kDouble).contiguous();
  const double* value = positions.data_ptr<double>();
  std::vector<std::array<double, 3>> places;
  for (int64_t splat = 0; splat < positions.size(0); ++splat, value += 3)
    places.push_back({value[0], value[1], value[2]});
  const auto classes = nearest_surface_classes(scene.options, places);
  return at::tensor(std::vector<int64_t>(classes.begin(), classes.end()));
}

// [K,C]: each class's direction in the space of splat_features().
at::Tensor class_queries(const GaussianField& field, const SyntheticScene& scene) {
  const auto features = at::tensor(scene.class_features).view({scene.classes(), scene.feature_dim});
  std::vector<at::Tensor> rows;
  for (const auto& row : features.unbind(0)) rows.push_back(project_direction(field, row));
  return at::stack(rows);
}

double intersection_over_union(const at::Tensor& selected, const at::Tensor& wanted) {
  const auto chosen = selected.gt(0.5);
  const auto either = chosen.logical_or(wanted).sum().item<int64_t>();
  if (either == 0) return 1;
  return static_cast<double>(chosen.logical_and(wanted).sum().item<int64_t>()) / static_cast<double>(either);
}

// The picture sizes and the number of views are what the cost of making the scene anew hangs on.
void require_same_views(const SyntheticOptions& options, const Scene& scene) {
  bool same = scene.views.size() == static_cast<size_t>(options.views);
  for (const auto& view : scene.views) same &= view.lens.width == options.width && view.lens.height == options.height;
  if (same) return;
  user_error(
      "{}: synthetic.yaml says {} views of {}x{}, and the photos are others; make the scene again or remove the "
      "file",
      scene.folder.string(), options.views, options.width, options.height);
}
}  // namespace

LabelScore score_labels(const GaussianField& field, const SyntheticScene& scene, splat::MapFilter filter,
                        ThreadPool& pool) {
  FieldRenderer renderer(field, pool);
  LabelScore score;
  for (const int view : scene.scene.test) {
    renderer.look(scene.scene.views[view].camera);
    auto map = renderer.feature_map(scene.map_height, scene.map_width, filter).permute({2, 0, 1});
    if (field.basis) map = field.basis->expand_map(map);
    map = map.contiguous();
    RT_CHECK(map.size(0) == scene.feature_dim, "label score: the field gives {} channels, the scene's teacher {}",
             map.size(0), scene.feature_dim);
    const float* values = map.data_ptr<float>();
    const std::vector<float> rendered(values, values + map.numel());
    const auto truth = labels_at_map_size(scene, view);
    score.field += equal_share(nearest_classes(rendered, scene.class_features, scene.feature_dim), truth);
    score.teacher +=
        equal_share(nearest_classes(scene.teacher_maps[view], scene.class_features, scene.feature_dim), truth);
  }
  const auto views = static_cast<double>(scene.scene.test.size());
  return {.field = score.field / views, .teacher = score.teacher / views};
}

double selection_threshold(int64_t classes) {
  const auto count = static_cast<double>(classes);
  return (1 / count + std::numbers::e / (std::numbers::e + count - 1)) / 2;
}

SelectionScore score_selection(const GaussianField& field, const SyntheticScene& scene) {
  const auto features = splat_features(field), queries = class_queries(field, scene),
             truth = true_classes(field, scene);
  SelectionScore score{.threshold = selection_threshold(scene.classes())};
  const int64_t solids = scene.classes() - 1;
  for (int64_t label = 1; label <= solids; ++label) {
    const auto wanted = truth.eq(label);
    const SelectionRule hard{.positive_ids = {label}, .score_threshold = std::nullopt};
    const SelectionRule soft{.positive_ids = {label}, .score_threshold = score.threshold};
    score.extraction_hard += intersection_over_union(selection_score(features, queries, hard), wanted);
    score.extraction_soft += intersection_over_union(selection_score(features, queries, soft), wanted);
    score.deletion_hybrid += intersection_over_union(selection_score_delete(features, queries, soft), wanted);
  }
  for (auto* mean : {&score.extraction_hard, &score.extraction_soft, &score.deletion_hybrid}) {
    *mean /= static_cast<double>(solids);
  }
  return score;
}

std::optional<TruthScore> score_truth(const GaussianField& field, const Scene& scene, splat::MapFilter filter,
                                      ThreadPool& pool) {
  if (field.feature_dim() == 0) return std::nullopt;
  auto options = read_synthetic_options(scene.folder);
  if (!options) return std::nullopt;
  require_same_views(*options, scene);
  options->supersampling = 1;  // of the photos alone; the truth is seen through the pixels' centres
  const auto truth = make_synthetic_scene(*options, pool);
  return TruthScore{.labels = score_labels(field, truth, filter, pool), .selection = score_selection(field, truth)};
}

nlohmann::ordered_json to_json(const TruthScore& score) {
  return {{"field_accuracy", score.labels.field},
          {"teacher_accuracy", score.labels.teacher},
          {"selection_threshold", score.selection.threshold},
          {"extraction_iou_hard", score.selection.extraction_hard},
          {"extraction_iou_soft", score.selection.extraction_soft},
          {"deletion_iou_hybrid", score.selection.deletion_hybrid}};
}

}  // namespace retort::field
