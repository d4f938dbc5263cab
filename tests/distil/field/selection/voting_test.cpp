#include "distil/field/selection/voting.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/selection/pointed_field.h"
#include "distil/field/selection/pointing.h"
#include "distil/field/splat/cpu/renderer.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

constexpr int voted_size = 64;  ///< pixels a side

/// Four round splats and two cameras, one looking along z and one along x. The first camera sees the thing and, beside
/// it and in the same box, what stands behind; the other sees them apart.
struct TwoViews {
  enum Splat { thing, behind, hidden, nowhere, count };

  TwoViews() : pool(1) {
    const auto places = at::tensor(std::vector<float>{0, 0, 0,      //
                                                      1.5, 0, 3,    // seen beside the thing from the front
                                                      0, 0, 1.2F,   // covered by the thing from the front
                                                      0, 0, -20});  // behind the first camera, beside the second's view
    field.splats.means = places.view({count, 3});
    field.splats.quaternions = at::tensor(std::vector<float>{1, 0, 0, 0}).repeat({count, 1});
    field.splats.log_scales = at::full({count, 3}, std::log(0.2F));
    field.splats.opacity_logits = at::full({count}, 5.0F);
    field.splats.sh = at::zeros({count, 1, 3});
    field.splats.features = at::zeros({count, 0});
    front = {.width = voted_size, .height = voted_size, .fx = 32, .fy = 32, .cx = 32, .cy = 32};
    side = front;
    front.world_to_camera = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 4, 0, 0, 0, 1};
    side.world_to_camera = {0, 0, -1, 0, 0, 1, 0, 0, 1, 0, 0, 4, 0, 0, 0, 1};
  }

  Ballot front_box() const { return {front, box_region(voted_size, voted_size, {20, 20}, {46, 44})}; }
  Ballot side_box() const { return {side, box_region(voted_size, voted_size, {26, 26}, {38, 38})}; }

  ThreadPool pool;
  GaussianField field;
  Camera front, side;
};

std::vector<bool> bits_of(const at::Tensor& mask) {
  std::vector<bool> bits;
  for (int64_t splat = 0; splat < mask.numel(); ++splat) bits.push_back(mask[splat].item<bool>());
  return bits;
}

TEST(Vote, ASecondViewDropsWhatStandsBehindInTheFirst) {
  TwoViews made;
  Pointer pointer(made.field, made.pool);
  const auto alone = pointer.vote({made.front_box()});
  EXPECT_TRUE(alone.selected[TwoViews::thing].item<bool>());
  EXPECT_TRUE(alone.selected[TwoViews::behind].item<bool>()) << "one box can't tell them apart";
  const auto both = pointer.vote({made.front_box(), made.side_box()});
  EXPECT_EQ(bits_of(both.selected), (std::vector<bool>{true, false, false, false}));
  EXPECT_EQ(bits_of(both.unseen), (std::vector<bool>{false, false, false, true}));
}

TEST(Vote, SharesAreOfTheWeightInAllViewsAndTheThresholdCutsThem) {
  TwoViews made;
  Pointer pointer(made.field, made.pool);
  const auto front = pointer.votes(made.front, made.front_box().region);
  const auto side = pointer.votes(made.side, made.side_box().region);
  const auto voted = pointer.vote({made.front_box(), made.side_box()}, {.share = 0.3});
  const auto shares = vote_shares(voted.votes);
  const auto share = [&](int splat) { return shares[splat].item<double>(); };
  const auto of = [](const at::Tensor& values, int splat) { return values[splat].item<double>(); };
  const int behind = TwoViews::behind;
  EXPECT_NEAR(of(side.inside, behind), 0, 1e-6);
  EXPECT_NEAR(share(behind), of(front.inside, behind) / (of(front.whole, behind) + of(side.whole, behind)), 1e-5);
  EXPECT_GT(share(behind), 0.3);
  EXPECT_LT(share(behind), 0.5);
  EXPECT_EQ(share(TwoViews::nowhere), 0);
  EXPECT_GT(share(TwoViews::thing), 0.95);
  EXPECT_EQ(bits_of(voted.selected), (std::vector<bool>{true, true, false, false})) << "above three tenths";
}

TEST(Vote, WeightsSumToWhatTheViewsCover) {
  TwoViews made;
  Pointer pointer(made.field, made.pool);
  const auto all = at::ones({voted_size, voted_size}, at::kBool);
  const auto voted = pointer.vote({{made.front, all}, {made.side, all}});
  double covered = 0;
  FieldRenderer renderer(made.field, made.pool);
  for (const auto& camera : {made.front, made.side}) {
    renderer.look(camera);
    covered += (1 - renderer.view().transmittance).sum().item<double>();
  }
  ASSERT_GT(covered, 10);
  EXPECT_NEAR(voted.votes.whole.sum().item<double>() / covered, 1, 1e-4);
  EXPECT_TRUE(at::allclose(voted.votes.inside, voted.votes.whole)) << "everything is inside";
  EXPECT_EQ(bits_of(voted.selected), (std::vector<bool>{true, true, true, false}));
}

TEST(Vote, IsTheSumOverTheKernelsLists) {
  PointedField made(0);
  Pointer pointer(made.field, made.pool);
  std::vector<Ballot> views;
  std::vector<double> inside(static_cast<size_t>(made.field.size())), whole = inside;
  splat::Renderer renderer(made.pool);
  for (const int view : {0, 3}) {
    const auto& camera = made.scene.scene.views[view].camera;
    views.push_back({camera, made.mask_of(view, 0)});
    const auto region = views.back().region.contiguous();
    renderer.project(splat_arrays(made.field.splats), camera, {.sh_degree = 0});
    const auto lists = renderer.weight_lists();
    for (int64_t pixel = 0; pixel < region.numel(); ++pixel) {
      for (int64_t entry = lists.offsets[pixel]; entry < lists.offsets[pixel + 1]; ++entry) {
        whole[lists.splats[entry]] += lists.weights[entry];
        if (region.data_ptr<bool>()[pixel]) inside[lists.splats[entry]] += lists.weights[entry];
      }
    }
  }
  const auto voted = pointer.vote(views);
  EXPECT_TRUE(at::allclose(voted.votes.inside, at::tensor(inside).to(at::kFloat), 1e-3, 1e-4));
  EXPECT_TRUE(at::allclose(voted.votes.whole, at::tensor(whole).to(at::kFloat), 1e-3, 1e-4));
}

TEST(Vote, WhatIsHardlySeenHasNoVerdict) {
  TwoViews made;
  Pointer pointer(made.field, made.pool);
  const auto seen = pointer.vote({made.front_box()}).votes.whole;
  // Less of what is covered by the thing is seen than of any other that is seen.
  const double hidden = seen[TwoViews::hidden].item<double>();
  ASSERT_LT(hidden, seen[TwoViews::behind].item<double>());
  const auto voted = pointer.vote({made.front_box()}, {.least_seen = hidden * 1.01});
  EXPECT_EQ(bits_of(voted.selected), (std::vector<bool>{true, true, false, false}));
  EXPECT_EQ(bits_of(voted.unseen), (std::vector<bool>{false, false, true, true}));
}

TEST(Vote, TheDeadDoNotVoteAndAreNotSelected) {
  TwoViews made;
  const auto alive = at::tensor(std::vector<int64_t>{0, 1, 1, 1}).ne(0);
  Pointer pointer(made.field, made.pool, Isa::automatic, alive);
  const auto voted = pointer.vote({made.front_box()});
  EXPECT_EQ(bits_of(voted.selected), (std::vector<bool>{false, true, true, false})) << "nothing is covered any more";
  EXPECT_EQ(bits_of(voted.unseen), (std::vector<bool>{false, false, false, true}));
}

TEST(Vote, AnEmptyRegionVotesAgainstWhatItsViewShows) {
  TwoViews made;
  Pointer pointer(made.field, made.pool);
  const auto none = at::zeros({voted_size, voted_size}, at::kBool);
  const auto voted = pointer.vote({made.front_box(), {made.side, none}});
  EXPECT_NEAR(vote_shares(voted.votes)[TwoViews::thing].item<double>(), 0.5, 0.02);
  EXPECT_FALSE(voted.selected[TwoViews::behind].item<bool>());
  EXPECT_FALSE(voted.selected[TwoViews::hidden].item<bool>());
}

TEST(Vote, RefusesWhatIsNoVote) {
  TwoViews made;
  Pointer pointer(made.field, made.pool);
  const auto refusal = [&](const std::vector<Ballot>& views, const VoteOptions& options = {}) {
    return tests::user_error_of([&] { pointer.vote(views, options); });
  };
  const auto none = at::zeros({voted_size, voted_size}, at::kBool);
  EXPECT_NE(refusal({}).find("nothing is drawn"), std::string::npos);
  EXPECT_NE(refusal({{made.front, none}, {made.side, none}}).find("no pixel of any view"), std::string::npos);
  for (const double share : {0.0, -1.0, 1.01, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_NE(refusal({made.front_box()}, {.share = share}).find("share"), std::string::npos) << share;
  }
  for (const double least : {-0.1, std::numeric_limits<double>::infinity()}) {
    EXPECT_NE(refusal({made.front_box()}, {.least_seen = least}).find("0 or more"), std::string::npos) << least;
  }
  EXPECT_THROW(pointer.vote({{made.front, none.slice(0, 1)}}), Fault) << "regions have their view's size";
}

TEST(Vote, SharesStayWithinOneWhateverIsRounded) {
  const auto shares =
      vote_shares({.inside = at::tensor({1.0001F, 0.0F, 0.0F, -1e-9F}), .whole = at::tensor({1.0F, 0.0F, 2.0F, 1.0F})});
  EXPECT_TRUE(at::equal(shares, at::tensor({1.0F, 0.0F, 0.0F, 0.0F})));
}

/// The discs of bare points are large against a solid's 20 pixels: those at a foot are seen mostly on the floor, which
/// the vote rightly says.
constexpr double least_mask_recall = 0.7;

/// Of points, with truth masks of all views.
struct MaskedSolid {
  PointedField made;
  Pointer pointer{made.field, made.pool};

  Voted vote(int label) {
    std::vector<Ballot> views;
    for (size_t view = 0; view < made.scene.truth.size(); ++view) {
      views.push_back({made.scene.scene.views[view].camera, made.mask_of(static_cast<int>(view), label)});
    }
    return pointer.vote(views);
  }
};

TEST(Vote, MasksInManyViewsHoldASolidAndGrowthAddsItsUnseenSplats) {
  MaskedSolid solid;
  for (int label = 1; label <= 6; ++label) {
    const auto name = solid.made.scene.class_names[label];
    const auto wanted = solid.made.labels.eq(label);
    const auto voted = solid.vote(label);
    const auto shares = vote_shares(voted.votes);
    EXPECT_TRUE((shares.ge(0) & shares.le(1)).all().item<bool>()) << name;
    EXPECT_FALSE((voted.selected & voted.unseen).any().item<bool>()) << name;
    EXPECT_GE(found_shares(voted.selected, wanted).precision, 0.95) << name;
    EXPECT_GE(found_shares(voted.selected, wanted & ~voted.unseen).recall, least_mask_recall) << name;
    const auto thing = solid.pointer.thing_of(voted);
    const auto seen_outside = ~voted.selected & ~voted.unseen;
    EXPECT_FALSE((thing & seen_outside).any().item<bool>()) << name << ": what is seen outside does not join";
    const auto joined = voted.selected | thing;
    EXPECT_GE(found_shares(joined, wanted).recall, found_shares(voted.selected, wanted).recall) << name;
    EXPECT_GE(found_shares(joined, wanted).precision, 0.95) << name;
  }
}

TEST(Vote, WithoutFeaturesTheThingIsWhatWasVoted) {
  MaskedSolid solid;
  solid.made.field.splats.features = at::zeros({solid.made.field.size(), 0});
  const auto voted = solid.vote(1);
  ASSERT_TRUE(voted.selected.any().item<bool>());
  EXPECT_TRUE(at::equal(solid.pointer.thing_of(voted), voted.selected));
}

}  // namespace
}  // namespace retort::field
