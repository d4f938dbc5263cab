#include "distil/field/editing/edit.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "distil/field/camera/camera.h"
#include "distil/field/editing/sample_field.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/splat/render.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

EditState with_first_selected(int64_t splats, int64_t selected) {
  const auto state = begin_editing(tests::sample_field(splats));
  return with_selection(state, tests::first_splats(state.field, selected));
}

const Quaternion some_turn = turn_about({1, -2, 0.5}, 70);

at::Tensor matrix_of_turn(const Quaternion& rotation) {
  const auto rows = rotation_of(rotation);
  return at::tensor(std::vector<double>(rows.begin(), rows.end())).view({3, 3});
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

// Names of the tensors that two states don't share.
std::vector<std::string> touched(const EditState& before, const EditState& after) {
  std::vector<std::string> names;
  const auto a = before.field.splats.named(), b = after.field.splats.named();
  for (size_t part = 0; part < a.size(); ++part) {
    if (a[part].second->data_ptr() != b[part].second->data_ptr()) names.emplace_back(a[part].first);
  }
  return names;
}

TEST(Edit, DeleteAndExtractLeaveTheRightSplats) {
  const auto state = with_first_selected(10, 3);
  const auto deleted = apply_edit(state, DeleteEdit{});
  EXPECT_EQ(deleted.alive_count(), 7);
  EXPECT_EQ(deleted.selected_count(), 0);
  EXPECT_TRUE(edited_field(deleted).splats.means.equal(state.field.splats.means.slice(0, 3)));
  const auto extracted = apply_edit(state, ExtractEdit{});
  EXPECT_TRUE(edited_field(extracted).splats.features.equal(state.field.splats.features.slice(0, 0, 3)));
  EXPECT_EQ(state.alive_count(), 10);  // the old state stands
  EXPECT_TRUE(touched(state, deleted).empty());
  EXPECT_EQ(edited_field(state).splats.sh.data_ptr(), state.field.splats.sh.data_ptr());
}

TEST(Edit, DeadSplatsAreNeverSelected) {
  const auto deleted = apply_edit(with_first_selected(10, 3), DeleteEdit{});
  EXPECT_EQ(with_selection(deleted, at::ones({10}, at::kBool)).selected_count(), 7);
  EXPECT_EQ(with_selection(deleted, tests::first_splats(deleted.field, 3)).selected_count(), 0);
}

TEST(Edit, OnlyWhatChangesIsCopied) {
  const auto state = with_first_selected(10, 3);
  using Names = std::vector<std::string>;
  EXPECT_EQ(touched(state, apply_edit(state, RecolourEdit{.matrix = channel_order("bgr")})), Names{"sh"});
  EXPECT_EQ(touched(state, apply_edit(state, OpacityEdit{0.5})), Names{"opacity_logits"});
  EXPECT_EQ(touched(state, apply_edit(state, TransformEdit{.move = {1, 0, 0}})), Names{"means"});
  EXPECT_EQ(touched(state, apply_edit(state, TransformEdit{.scale = 2})), (Names{"means", "log_scales"}));
  EXPECT_EQ(touched(state, apply_edit(state, TransformEdit{.rotation = some_turn})),
            (Names{"means", "sh", "quaternions"}));
  const auto moved = apply_edit(state, TransformEdit{.move = {1, 0, 0}});
  EXPECT_TRUE(moved.field.splats.means.slice(0, 3).equal(state.field.splats.means.slice(0, 3)));
  EXPECT_LT(difference(moved.field.splats.means.slice(0, 0, 3).select(1, 0),
                       state.field.splats.means.slice(0, 0, 3).select(1, 0) + 1),
            1e-6);
}

TEST(Edit, CamerasTurnedAlikeSeeTheSamePictures) {
  ThreadPool pool(1);
  auto state = begin_editing(tests::sample_field(60));
  state = with_selection(state, state.alive);
  const TransformEdit edit{.move = {0.3, -0.1, 0.2}, .rotation = some_turn, .scale = 1.5, .pivot = {{0.2, 0.1, -0.3}}};
  const auto after = apply_edit(state, edit);
  Camera camera{.width = 48, .height = 40, .fx = 50, .fy = 50, .cx = 24, .cy = 20};
  camera.world_to_camera[11] = 3;
  // x' = s R (x - p) + p + m; seen by W' = (R_w R^T | s t_w - R_w R^T (p + m) + s R_w p) depths are s times as large.
  const auto turn = matrix_of_turn(some_turn);
  const auto pivot = at::tensor({0.2, 0.1, -0.3}, at::kDouble), move = at::tensor({0.3, -0.1, 0.2}, at::kDouble);
  const auto shift = 1.5 * (at::tensor({0.0, 0.0, 3.0}, at::kDouble) + pivot) - at::mv(turn.t(), pivot + move);
  auto turned_camera = camera;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      turned_camera.world_to_camera[size_t(4 * row + column)] = turn[column][row].item<double>();
    }
    turned_camera.world_to_camera[size_t(4 * row + 3)] = shift[row].item<double>();
  }
  FieldRenderer plain(state.field, pool), edited(after.field, pool);
  plain.look(camera);
  edited.look(turned_camera);
  const auto before_picture = plain.view().colour, after_picture = edited.view().colour;
  EXPECT_GT(before_picture.max().item<double>(), 0.3);
  EXPECT_LT(difference(before_picture, after_picture), 1e-4);
  edited.look(camera);
  EXPECT_GT(difference(before_picture, edited.view().colour), 0.05);  // it would notice
}

TEST(Edit, TurnedHarmonicsShowTheSameInTurnedDirections) {
  const auto state = with_first_selected(10, 10);
  const auto after = apply_edit(state, TransformEdit{.rotation = some_turn});
  auto directions = tests::normal_numbers({10, 3}, "directions").to(at::kDouble);
  directions = directions / directions.norm(2, 1, true);
  const auto sh = [](const EditState& s) { return s.field.splats.sh.to(at::kDouble).transpose(1, 2).contiguous(); };
  const auto before_values = splat::eval_sh(sh(state), directions.contiguous(), 3);
  const auto turned = at::mm(directions, matrix_of_turn(some_turn).t()).contiguous();
  EXPECT_LT(difference(before_values, splat::eval_sh(sh(after), turned, 3)), 1e-5);
  EXPECT_GT(difference(before_values, splat::eval_sh(sh(state), turned, 3)), 0.1);
}

TEST(Edit, ATransformAndItsInverseGiveBack) {
  const auto state = with_first_selected(10, 6);
  const std::array<double, 3> pivot = {0.5, -1, 2};
  const TransformEdit there{.rotation = some_turn, .scale = 1.7, .pivot = pivot};
  const TransformEdit back{
      .rotation = {some_turn[0], -some_turn[1], -some_turn[2], -some_turn[3]}, .scale = 1 / 1.7, .pivot = pivot};
  const auto after = apply_edit(apply_edit(state, there), back);
  const auto before_parts = state.field.splats.named(), after_parts = after.field.splats.named();
  for (size_t part = 0; part < before_parts.size(); ++part) {
    EXPECT_LT(difference(*before_parts[part].second, *after_parts[part].second), 2e-6) << before_parts[part].first;
  }
}

TEST(Edit, WithoutAPivotTheMiddleStays) {
  const auto state = with_first_selected(10, 6);
  const auto after = apply_edit(state, TransformEdit{.rotation = some_turn, .scale = 3});
  EXPECT_LT(
      difference(after.field.splats.means.slice(0, 0, 6).mean(0), state.field.splats.means.slice(0, 0, 6).mean(0)),
      1e-5);
}

TEST(Edit, OpacitiesAreMultipliedAndLogitsStayFinite) {
  const auto state = with_first_selected(40, 40);
  const auto opacity = state.field.splats.opacity_logits.sigmoid();
  const auto half = apply_edit(state, OpacityEdit{0.5}).field.splats.opacity_logits;
  EXPECT_LT(difference(half.sigmoid(), 0.5 * opacity), 1e-6);
  const auto none = apply_edit(state, OpacityEdit{0}).field.splats.opacity_logits;
  EXPECT_TRUE(at::isfinite(none).all().item<bool>());
  EXPECT_LT(none.sigmoid().max().item<double>(), 1e-12);
  const auto full = apply_edit(state, OpacityEdit{1e9}).field.splats.opacity_logits;
  EXPECT_TRUE(at::isfinite(full).all().item<bool>());
  EXPECT_EQ(full.sigmoid().min().item<double>(), 1);
  EXPECT_TRUE(touched(state, apply_edit(state, OpacityEdit{1})).empty());
}

TEST(Edit, DuplicatesCarryFeaturesAndCodes) {
  auto field = tests::sample_field(6);
  metrics::VectorCodes codes{
      .codebook = tests::normal_numbers({5, 4}, "codebook"),
      .indices = at::tensor({0, 4, 2, 1, 3, 3, 0, 1, 2, 2, 4, 0}, at::kInt).view({6, 2}),
      .coefficients = tests::normal_numbers({6, 2}, "coefficients").to(at::kHalf).to(at::kFloat)};
  field.codes = codes;
  field.splats.features = metrics::decode(codes);
  auto state = begin_editing(field);
  state = with_selection(state, at::tensor({0, 1, 0, 0, 1, 0}, at::kInt).to(at::kBool));
  const auto after = apply_edit(state, DuplicateEdit{{.move = {5, 0, 0}}});
  ASSERT_EQ(after.field.size(), 8);
  after.field.splats.check();
  after.field.codes->check();
  EXPECT_TRUE(metrics::decode(*after.field.codes).equal(after.field.splats.features));
  EXPECT_TRUE(after.field.splats.features[7].equal(field.splats.features[4]));
  EXPECT_EQ(after.selected_count(), 2);
  EXPECT_TRUE(after.selected.slice(0, 6).all().item<bool>());
  EXPECT_NEAR(after.field.splats.means[6][0].item<float>(), field.splats.means[1][0].item<float>() + 5, 1e-6);
  EXPECT_EQ(after.field.codes->codebook.data_ptr(), codes.codebook.data_ptr());
}

TEST(Edit, WhatCannotBeDoneIsRefused) {
  const auto state = with_first_selected(5, 5);
  const auto refusal = [&](const EditState& at_state, const Edit& edit) {
    return tests::user_error_of([&] { apply_edit(at_state, edit); });
  };
  EXPECT_NE(refusal(state, DeleteEdit{}).find("nothing would be left"), std::string::npos);
  const auto none = with_selection(state, at::zeros({5}, at::kBool));
  for (const Edit& edit : {Edit{DeleteEdit{}}, Edit{ExtractEdit{}}, Edit{OpacityEdit{}}, Edit{DuplicateEdit{}}}) {
    EXPECT_NE(refusal(none, edit).find(edit_name(edit) + ": nothing is selected"), std::string::npos);
  }
  EXPECT_NE(refusal(state, OpacityEdit{-1}).find("factor"), std::string::npos);
  EXPECT_NE(refusal(state, OpacityEdit{NAN}).find("factor"), std::string::npos);
  EXPECT_NE(refusal(state, TransformEdit{.scale = 0}).find("scale"), std::string::npos);
  EXPECT_NE(refusal(state, TransformEdit{.move = {INFINITY, 0, 0}}).find("move"), std::string::npos);
  EXPECT_NE(refusal(state, TransformEdit{.rotation = {1, 1, 0, 0}}).find("rotate"), std::string::npos);
}

}  // namespace
}  // namespace retort::field
