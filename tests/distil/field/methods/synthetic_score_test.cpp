#include "distil/field/methods/synthetic_score.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "distil/field/methods/tiny_training.h"

namespace retort::field {
namespace {

GaussianField field_of(const TinyTraining& training) {
  GaussianField field;
  field.splats = training.trainer->parameters();
  field.sh_degree = training.trainer->active_sh_degree();
  return field;
}

// What the project promises of fields: many noisy views together know more than each of them.
TEST(SyntheticScore, FusionBeatsTheNoisyTeacher) {
  TinyTraining training(true, DecoderKind::none, 2, 1000);
  training.run(250);
  const auto score = score_labels(field_of(training), training.scene, splat::MapFilter::area, training.pool);
  EXPECT_GT(score.field, score.teacher);
  EXPECT_LT(score.teacher, 0.97);
}

TEST(SyntheticScore, ReducedFeaturesAreExpandedAndOthersRefused) {
  TinyTraining training(true);
  auto field = field_of(training);
  const auto columns = at::eye(12).slice(1, 0, 5).contiguous();
  field.splats.features = at::matmul(field.splats.features, columns).contiguous();
  EXPECT_THROW(score_labels(field, training.scene, splat::MapFilter::area, training.pool), Fault);
  field.basis = FeatureBasis{columns, 1};
  EXPECT_GE(score_labels(field, training.scene, splat::MapFilter::area, training.pool).field, 0);
}

// Splats on the initial points that carry their class's own direction.
GaussianField perfect_field(const SyntheticScene& scene, ThreadPool& pool) {
  GaussianField field;
  field.splats = initial_splats(scene.scene.points, scene.feature_dim, false, pool);
  const auto directions = at::tensor(scene.class_features).view({scene.classes(), scene.feature_dim});
  std::vector<int64_t> classes(scene.point_labels.begin(), scene.point_labels.end());
  field.splats.features = directions.index_select(0, at::tensor(classes)).contiguous();
  return field;
}

TEST(SyntheticScore, InitialPointsLieOnTheSurfaceOfTheirClass) {
  TinyTraining training(false);
  std::vector<std::array<double, 3>> places;
  const auto means = perfect_field(training.scene, training.pool).splats.means;
  for (int64_t point = 0; point < means.size(0); ++point) {
    const auto* place = means.data_ptr<float>() + 3 * point;
    places.push_back({place[0], place[1], place[2]});
  }
  const auto classes = nearest_surface_classes(training.scene.options, places);
  int64_t equal = 0;
  for (size_t point = 0; point < classes.size(); ++point) equal += classes[point] == training.scene.point_labels[point];
  // Where a solid stands on the floor both are equally near.
  EXPECT_GE(double(equal), 0.98 * double(classes.size()));
}

TEST(SyntheticScore, PerfectFeaturesSelectTheirSolidsAndNoneSelectNothing) {
  TinyTraining training(false);
  auto field = perfect_field(training.scene, training.pool);
  const auto perfect = score_selection(field, training.scene);
  EXPECT_GT(perfect.extraction_hard, 0.95);
  EXPECT_EQ(perfect.extraction_hard, perfect.extraction_soft);
  EXPECT_EQ(perfect.extraction_hard, perfect.deletion_hybrid);
  field.splats.features.zero_();
  EXPECT_LT(score_selection(field, training.scene).extraction_soft, 0.01);
}

// 9 classes: between 1/9 and e / (e + 8).
TEST(SyntheticScore, TheThresholdIsHalfWayFromChanceToCertain) {
  EXPECT_NEAR(selection_threshold(9), (0.1111111 + 0.2536119) / 2, 1e-6);
}

TEST(SyntheticScore, TheTruthIsKnownWhereTheFolderSaysSo) {
  TinyTraining training(false);
  const auto folder = std::filesystem::temp_directory_path() / "retort-synthetic-truth";
  write_synthetic_scene(folder, training.scene);
  SceneOptions options;
  options.path = folder.string();
  const auto scene = load_scene(options);
  const auto field = perfect_field(training.scene, training.pool);
  const auto score = score_truth(field, scene, splat::MapFilter::area, training.pool);
  ASSERT_TRUE(score.has_value());
  EXPECT_EQ(score->labels.teacher, score_labels(field, training.scene, splat::MapFilter::area, training.pool).teacher);
  EXPECT_EQ(score->selection.extraction_hard, score_selection(field, training.scene).extraction_hard);
  auto fewer = scene;
  fewer.views.pop_back();
  EXPECT_THROW(score_truth(field, fewer, splat::MapFilter::area, training.pool), UserError);
  std::filesystem::remove(folder / "synthetic.yaml");
  EXPECT_FALSE(score_truth(field, scene, splat::MapFilter::area, training.pool).has_value());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace retort::field
