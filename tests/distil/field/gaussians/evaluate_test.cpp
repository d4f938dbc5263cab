#include "distil/field/gaussians/evaluate.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "distil/field/scene/synthetic.h"
#include "distil/field/splat/initialise.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {

constexpr int held_out_view = 3;

// A field straight from the points of a scene, with features that are no view's.
class EvaluateTest : public testing::Test {
 protected:
  EvaluateTest() {
    const auto& points = scene_.scene.points;
    const int64_t count = points.size();
    field_.splats =
        splat::initialise_splats(at::tensor(points.positions).view({count, 3}), at::rand({count, 3}),
                                 {.feature_dim = scene_.feature_dim, .opacity = 0.9, .scale_factor = 2}, pool_);
    field_.splats.features = (at::arange(count * scene_.feature_dim, at::kFloat) * 0.7).sin().view({count, -1});
  }

  // A mask that counts the columns from `from` on.
  io::Image columns_from(int from) const {
    auto mask = io::make_image(scene_.options.width, scene_.options.height, 1);
    for (int y = 0; y < mask.height; ++y) {
      for (int x = from; x < mask.width; ++x) *mask.at(x, y) = 255;
    }
    return mask;
  }

  // Scores of the held-out view with this teacher map and mask.
  Evaluation evaluate(const std::vector<float>& map, const io::Image& mask) {
    tests::TemporaryFolder folder;
    auto scene = scene_;
    scene.teacher_maps[held_out_view] = map;
    write_synthetic_scene(folder.path(), scene);
    auto images = scene.images;
    images[held_out_view].mask = mask;
    const auto source = make_memory_images(std::move(images));
    TeacherMaps maps(folder / "rgb_feature_langseg", mapped_views(scene.scene), {});
    return evaluate_field({.field = field_, .scene = scene.scene, .images = *source, .maps = &maps}, {held_out_view},
                          splat::MapFilter::area, context_);
  }

  // The held-out view's map with other numbers in the columns before `until`.
  std::vector<float> damaged(int until) const {
    auto map = scene_.teacher_maps[held_out_view];
    for (size_t i = 0; i < map.size(); ++i) {
      if (int(i % size_t(scene_.map_width)) < until) map[i] = -3 * map[i] + (i % 7 == 0 ? 5.F : -1.F);
    }
    return map;
  }

  ThreadPool pool_{1};
  SyntheticScene scene_ = make_synthetic_scene(
      {.views = 8, .width = 48, .height = 36, .points = 300, .feature_dim = 12, .supersampling = 1, .noise = {}},
      pool_);
  GaussianField field_;
  spdlog::logger log_{"test"};
  StopFlag stop_;
  Context context_{pool_, RandomTree(0), log_, stop_};
};

void expect_same(const FeatureFidelity& a, const FeatureFidelity& b) {
  EXPECT_DOUBLE_EQ(a.cosine, b.cosine);
  EXPECT_DOUBLE_EQ(a.accuracy, b.accuracy);
  EXPECT_DOUBLE_EQ(a.mean_iou, b.mean_iou);
}

TEST_F(EvaluateTest, FeaturesOutsideAMaskDoNotCount) {
  const auto& map = scene_.teacher_maps[held_out_view];
  const int half = scene_.options.width / 2, half_map = scene_.map_width / 2;
  const auto mask = columns_from(half);
  const auto masked = evaluate(map, mask), masked_damaged = evaluate(damaged(half_map), mask);
  ASSERT_TRUE(masked.field && masked_damaged.field);
  expect_same(*masked.field, *masked_damaged.field);
  expect_same(*masked.constant_map, *masked_damaged.constant_map);
  expect_same(*masked.nearest_view, *masked_damaged.nearest_view);
  const auto whole = evaluate(map, {}), whole_damaged = evaluate(damaged(half_map), {});
  EXPECT_NE(whole.field->cosine, masked.field->cosine);
  EXPECT_GT(std::abs(whole.nearest_view->cosine - whole_damaged.nearest_view->cosine), 0.1);
}

TEST_F(EvaluateTest, MasksThatCountNoMapPixelLeaveTheViewOut) {
  auto mask = io::make_image(scene_.options.width, scene_.options.height, 1);
  *mask.at(5, 5) = 255;  // a quarter of a map's pixel
  const auto evaluation = evaluate(scene_.teacher_maps[held_out_view], mask);
  EXPECT_EQ(evaluation.views.size(), 1u);
  EXPECT_FALSE(evaluation.field.has_value());
}

}  // namespace
}  // namespace retort::field
