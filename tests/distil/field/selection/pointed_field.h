// Fields made straight from surface points with the features of their classes: nothing is trained for these tests.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>

#include "core/random.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/scene/synthetic.h"
#include "distil/field/splat/initialise.h"

namespace retort::field {

struct PointedField {
  /// Features: the class's direction plus noise on every channel.
  explicit PointedField(double noise = 0.1)
      : pool(2),
        scene(make_synthetic_scene({.seed = 5,
                                    .views = 8,
                                    .width = 96,
                                    .height = 72,
                                    .points = 4000,
                                    .feature_dim = 16,
                                    .supersampling = 1,
                                    .noise = {}},
                                   pool)) {
    const auto& points = scene.scene.points;
    const auto count = static_cast<int64_t>(points.positions.size() / 3);
    std::vector<float> positions(points.positions.begin(), points.positions.end());
    field.splats = splat::initialise_splats(at::tensor(positions).view({count, 3}), at::full({count, 3}, 0.5F),
                                            {.feature_dim = 16, .opacity = 0.95, .scale_factor = 0.7}, pool);
    labels = at::tensor(std::vector<int64_t>(scene.point_labels.begin(), scene.point_labels.end()));
    const auto directions = at::tensor(scene.class_features).view({scene.classes(), 16});
    auto random = RandomTree(3).generator();
    auto added = at::empty({count, 16}, at::kFloat);
    for (int64_t i = 0; i < added.numel(); ++i) added.data_ptr<float>()[i] = static_cast<float>(random.normal());
    field.splats.features = (directions.index_select(0, labels) + added * noise).contiguous();
  }

  at::Tensor mask_of(int view, int label) const {
    const auto& truth = scene.truth[view].labels;
    const auto& camera = scene.scene.views[view].camera;
    return at::tensor(std::vector<int64_t>(truth.begin(), truth.end())).view({camera.height, camera.width}).eq(label);
  }

  /// The view that shows most of a solid.
  int best_view(int label) const {
    int best = 0;
    int64_t most = -1;
    for (size_t view = 0; view < scene.truth.size(); ++view) {
      const auto pixels = mask_of(static_cast<int>(view), label).sum().item<int64_t>();
      if (pixels > most) {
        most = pixels;
        best = static_cast<int>(view);
      }
    }
    return best;
  }

  ThreadPool pool;
  SyntheticScene scene;
  GaussianField field;
  at::Tensor labels;  ///< [P] int64, the true class of each splat
};

struct FoundShares {
  double precision, recall;
};

inline FoundShares found_shares(const at::Tensor& selected, const at::Tensor& wanted) {
  const double both = (selected & wanted).sum().item<double>();
  return {both / std::max(1.0, selected.sum().item<double>()), both / std::max(1.0, wanted.sum().item<double>())};
}

}  // namespace retort::field
