#include "distil/field/methods/splat_trainer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "distil/field/methods/tiny_training.h"

namespace retort::field {
namespace {

void expect_equal_bytes(const std::map<std::string, at::Tensor>& a, const std::map<std::string, at::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) {
    ASSERT_TRUE(b.count(name)) << name;
    EXPECT_TRUE(at::equal(tensor, b.at(name))) << name;
  }
}

TEST(SplatTrainer, LearnsTheScene) {
  TinyTraining training(true, DecoderKind::none, 2, 1000);
  double first = 0, last = 0, first_features = 0, last_features = 0;
  for (int step = 0; step < 120; ++step) {
    const auto terms = training.step();
    (step < 6 ? first : last) = -10 * std::log10(terms.mean_squared_error);
    (step < 6 ? first_features : last_features) = terms.feature_l1;
  }
  EXPECT_GT(last, first + 3) << "dB of PSNR";
  EXPECT_LT(last_features, first_features);
}

// The authors' released code: features move only the feature vectors, so the geometry can't know whether they are on.
TEST(SplatTrainer, FeaturesLeaveTheGeometryAlone) {
  TinyTraining with(true), without(false);
  with.run(70);
  without.run(70);
  const auto ours = with.trainer->parameters().named(), theirs = without.trainer->parameters().named();
  for (size_t index = 0; index < ours.size(); ++index) {
    if (std::string(ours[index].first) == "features") continue;
    EXPECT_TRUE(at::equal(*ours[index].second, *theirs[index].second)) << ours[index].first;
  }
}

TEST(SplatTrainer, SameBytesForAnyThreadCount) {
  TinyTraining one(true, DecoderKind::none, 1), three(true, DecoderKind::none, 3);
  one.run(50);
  three.run(50);
  expect_equal_bytes(one.state(), three.state());
}

TEST(SplatTrainer, ResumedEqualsUndisturbed) {
  for (const auto decoder : {DecoderKind::none, DecoderKind::conv1x1}) {
    TinyTraining undisturbed(true, decoder), before(true, decoder), after(true, decoder);
    undisturbed.run(60);
    before.run(37);
    auto saved = before.state();
    for (auto& [name, tensor] : saved) tensor = tensor.clone();
    after.trainer->load(saved, "checkpoint");
    after.features->load(saved, "checkpoint");
    after.run(23);
    expect_equal_bytes(undisturbed.state(), after.state());
  }
}

TEST(SplatTrainer, DensifiesAndHonoursTheCap) {
  TinyTraining training(false);
  const auto before = training.trainer->parameters().size();
  training.run(41);
  EXPECT_GT(training.trainer->parameters().size(), before);
}

TEST(SplatTrainer, RefusesAForeignCheckpoint) {
  TinyTraining training(true);
  auto saved = training.state();
  saved.erase("adam.means.first");
  EXPECT_THROW(training.trainer->load(saved, "checkpoint"), UserError);
}

TrainOptions chain_options() {
  return {.steps = 1000,
          .strategy = GrowthStrategy::mcmc,
          .feature_optimiser = FeatureOptimiser::sparse_adam,
          .max_splats = 330};
}

TEST(SplatTrainer, MarkovChainGrowsToTheCapTheSameOnAnyThreads) {
  TinyTraining one(true, DecoderKind::none, 1, 45, chain_options()),
      three(true, DecoderKind::none, 3, 45, chain_options());
  one.run(90);
  three.run(90);
  EXPECT_EQ(one.trainer->parameters().size(), 330);
  expect_equal_bytes(one.state(), three.state());
}

TEST(SplatTrainer, MarkovChainResumedEqualsUndisturbed) {
  TinyTraining undisturbed(true, DecoderKind::none, 2, 45, chain_options()),
      before(true, DecoderKind::none, 2, 45, chain_options()), after(true, DecoderKind::none, 2, 45, chain_options());
  undisturbed.run(60);
  before.run(37);
  auto saved = before.state();
  for (auto& [name, tensor] : saved) tensor = tensor.clone();
  after.trainer->load(saved, "checkpoint");
  after.run(23);
  expect_equal_bytes(undisturbed.state(), after.state());
}

TEST(ViewOrder, ShowsEachViewOnceARound) {
  ViewOrder order({4, 7, 9}, RandomTree(1));
  for (int round = 0; round < 4; ++round) {
    std::vector<int> seen;
    for (int place = 1; place <= 3; ++place) seen.push_back(order.at(3 * round + place));
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, (std::vector<int>{4, 7, 9}));
  }
  ViewOrder again({4, 7, 9}, RandomTree(1));
  EXPECT_EQ(again.at(11), order.at(11)) << "an order is known without having been through what came before";
}

}  // namespace
}  // namespace retort::field
