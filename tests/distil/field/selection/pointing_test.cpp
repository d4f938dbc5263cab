#include "distil/field/selection/pointing.h"

#include <gtest/gtest.h>

#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/selection/pointed_field.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

Pointing clicked(const Camera& camera, std::vector<Pixel> clicks, std::vector<Pixel> negatives = {}) {
  return {
      .camera = camera, .clicks = std::move(clicks), .negative_clicks = std::move(negatives), .region = std::nullopt};
}

/// A pixel whose neighbourhood shows the same solid.
Pixel inner_click(const at::Tensor& mask) {
  const auto places = at::avg_pool2d(mask.to(at::kFloat).unsqueeze(0).unsqueeze(0), {5, 5}, {1, 1}, {2, 2})
                          .squeeze(0)
                          .squeeze(0)
                          .ge(0.999)
                          .nonzero();
  const auto place = places[places.size(0) / 2];
  return {place[1].item<double>() + 0.5, place[0].item<double>() + 0.5};
}

TEST(Regions, HoldThePixelsWhoseCentresTheyCover) {
  EXPECT_EQ(box_region(10, 8, {2, 3}, {5, 4}).sum().item<int64_t>(), 3);
  EXPECT_TRUE(at::equal(box_region(10, 8, {5, 4}, {2, 3}), box_region(10, 8, {2, 3}, {5, 4})));
  EXPECT_EQ(box_region(10, 8, {-1e300, -5}, {1e300, 100}).sum().item<int64_t>(), 80);
  EXPECT_EQ(box_region(10, 8, {20, 20}, {30, 30}).sum().item<int64_t>(), 0);
  EXPECT_EQ(disc_region(10, 8, {4.5, 4.5}, 1).sum().item<int64_t>(), 5);
  EXPECT_EQ(scribble_region(10, 8, {{1.5, 1.5}, {6.5, 1.5}}, 0.1).sum().item<int64_t>(), 6);
  const auto triangle = lasso_region(10, 8, {{0, 0}, {8, 0}, {0, 8}});
  EXPECT_TRUE(triangle[0][0].item<bool>());
  EXPECT_FALSE(triangle[7][7].item<bool>());
  EXPECT_NEAR(triangle.sum().item<double>(), 32, 6);
}

TEST(Regions, RefuseWhatIsNone) {
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(tests::user_error_of([] { lasso_region(4, 4, {{0, 0}, {1, 1}}); }).find("at least 3"), std::string::npos);
  EXPECT_NE(tests::user_error_of([] { scribble_region(4, 4, {}, 1); }).find("no points"), std::string::npos);
  EXPECT_NE(tests::user_error_of([&] { box_region(4, 4, {0, nothing}, {1, 1}); }).find("no number"), std::string::npos);
}

TEST(Pointer, VotesAreBlendingWeights) {
  PointedField made;
  const auto& camera = made.scene.scene.views[0].camera;
  Pointer pointer(made.field, made.pool);
  const auto region = box_region(camera.width, camera.height, {10, 10}, {60, 50});
  const auto votes = pointer.votes(camera, region);
  FieldRenderer renderer(made.field, made.pool);
  renderer.look(camera);
  const auto coverage = 1 - renderer.view().transmittance;
  EXPECT_NEAR(votes.inside.sum().item<double>() / coverage.masked_select(region).sum().item<double>(), 1, 1e-3);
  EXPECT_NEAR(votes.whole.sum().item<double>() / coverage.sum().item<double>(), 1, 1e-3);
  EXPECT_TRUE(votes.inside.le(votes.whole + 1e-4).all().item<bool>());
}

TEST(Pointer, AClickTakesTheWholeSolidAndNothingElse) {
  PointedField made;
  Pointer pointer(made.field, made.pool);
  for (int label = 1; label <= 6; ++label) {
    const int view = made.best_view(label);
    const auto& camera = made.scene.scene.views[view].camera;
    const auto selected = pointer.select({clicked(camera, {inner_click(made.mask_of(view, label))})});
    const auto shares = found_shares(selected, made.labels.eq(label));
    EXPECT_GE(shares.precision, 0.95) << made.scene.class_names[label];
    EXPECT_GE(shares.recall, 0.95) << made.scene.class_names[label];
  }
}

/// Bare points differ from trained splats: some 75 discs a solid, few and large against its 20 pixels, so that four or
/// five at its foot and rim are seen mostly outside of the box, which rightly leaves them out. On trained fields boxes
/// reach what clicks do (docs/selecting.md).
constexpr double least_box_recall = 0.92;

TEST(Pointer, ABoxTakesTheThingItIsDrawnAboutWithItsUnseenBack) {
  PointedField made;
  Pointer pointer(made.field, made.pool);
  for (int label = 1; label <= 6; ++label) {
    const int view = made.best_view(label);
    const auto& camera = made.scene.scene.views[view].camera;
    const auto places = made.mask_of(view, label).nonzero();
    const auto low = std::get<0>(places.min(0)), high = std::get<0>(places.max(0));
    const auto region = box_region(camera.width, camera.height, {low[1].item<double>() - 2, low[0].item<double>() - 2},
                                   {high[1].item<double>() + 3, high[0].item<double>() + 3});
    const auto selected =
        pointer.select({{.camera = camera, .clicks = {}, .negative_clicks = {}, .region = region, .grow = false}});
    const auto shares = found_shares(selected, made.labels.eq(label));
    EXPECT_GE(shares.precision, 0.95) << made.scene.class_names[label];
    EXPECT_GE(shares.recall, least_box_recall) << made.scene.class_names[label];
  }
}

TEST(Pointer, WithoutFeaturesAnOutlineKeepsToWhatIsSeenInIt) {
  PointedField made;
  const int view = made.best_view(1);
  const auto& camera = made.scene.scene.views[view].camera;
  made.field.splats.features = at::zeros({made.field.size(), 0});
  Pointer pointer(made.field, made.pool);
  const auto region = box_region(camera.width, camera.height, {20, 20}, {60, 60});
  const auto selected =
      pointer.select({{.camera = camera, .clicks = {}, .negative_clicks = {}, .region = region, .grow = false}});
  const auto votes = pointer.votes(camera, region);
  EXPECT_GT(selected.sum().item<int64_t>(), 0);
  EXPECT_TRUE(votes.inside.masked_select(selected).ge(0.5 * votes.whole.masked_select(selected)).all().item<bool>());
}

TEST(Pointer, ANegativeClickTakesAway) {
  PointedField made;
  Pointer pointer(made.field, made.pool);
  const int view = made.best_view(1);
  const auto& camera = made.scene.scene.views[view].camera;
  const auto click = inner_click(made.mask_of(view, 1));
  const auto floor = inner_click(made.mask_of(view, 0));
  const auto both = pointer.select({clicked(camera, {click, floor})});
  EXPECT_GT((both & made.labels.eq(0)).sum().item<int64_t>(), 0);
  const auto without = pointer.select({clicked(camera, {click}, {floor})});
  EXPECT_GE(found_shares(without, made.labels.eq(1)).recall, 0.95);
  EXPECT_EQ(pointer.select({clicked(camera, {click}, {click})}).sum().item<int64_t>(), 0)
      << "what is meant and not meant is not meant";
}

TEST(Pointer, TheFringeIsLikeTheSetAndNearIt) {
  PointedField made;
  Pointer pointer(made.field, made.pool);
  const auto solid = made.labels.eq(2), nothing = at::zeros_like(solid);
  auto lacking = solid.clone();
  const auto members = solid.nonzero().squeeze(1);
  for (int64_t place = 0; place < members.size(0); place += 5) lacking[members[place].item<int64_t>()] = false;
  const auto mended = pointer.with_fringe(lacking);
  EXPECT_TRUE(mended.masked_select(lacking).all().item<bool>());
  EXPECT_GE(found_shares(mended, solid).recall, 0.99);
  EXPECT_GE(found_shares(mended, solid).precision, 0.95);
  EXPECT_FALSE(pointer.with_fringe(nothing).any().item<bool>());
}

TEST(Pointer, DeadSplatsAreNeitherSeenNorSelected) {
  PointedField made;
  const int view = made.best_view(1);
  const auto& camera = made.scene.scene.views[view].camera;
  const auto alive = made.labels.ne(1);
  Pointer pointer(made.field, made.pool, Isa::automatic, alive);
  const auto votes = pointer.votes(camera, at::ones({camera.height, camera.width}, at::kBool));
  EXPECT_EQ(votes.whole.masked_select(~alive).sum().item<double>(), 0);
  const auto selected = pointer.select({clicked(camera, {inner_click(made.mask_of(view, 1))})});
  EXPECT_FALSE((selected & ~alive).any().item<bool>());
}

TEST(Pointer, TheLimitAndThePlaceAreKept) {
  PointedField made;
  Pointer pointer(made.field, made.pool);
  const auto& camera = made.scene.scene.views[0].camera;
  EXPECT_NE(tests::user_error_of([&] {
              pointer.select({clicked(camera, {{1000, 3}})});
            }).find("outside"),
            std::string::npos);
  EXPECT_NE(tests::user_error_of([&] { pointer.select({clicked(camera, {})}); }).find("nothing is pointed at"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::field
