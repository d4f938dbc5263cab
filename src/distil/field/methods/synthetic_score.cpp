#include "distil/field/methods/synthetic_score.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/field/gaussians/field_renderer.h"

namespace retort::field {

namespace {
double equal_share(const std::vector<uint8_t>& labels, const std::vector<uint8_t>& truth) {
  int64_t equal = 0;
  for (size_t pixel = 0; pixel < truth.size(); ++pixel) equal += labels[pixel] == truth[pixel];
  return static_cast<double>(equal) / static_cast<double>(truth.size());
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

}  // namespace retort::field
