#include "distil/model/engine/network_teacher.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace retort::model {
namespace {

const at::Tensor labels = at::tensor({0, 2}, at::kLong);
const at::Tensor first = at::tensor({3.F, 0.F, 0.F, 5.F, 0.F, 0.F}).view({2, 3});
const at::Tensor second = at::tensor({0.F, 1.F, 0.F, 0.F, 0.F, 2.F}).view({2, 3});

TEST(MixedLogits, AverageLogitsByTheirShares) {
  const auto mixed = mixed_logits({first, second}, {3, 1}, TeacherMix::logits, labels);
  EXPECT_TRUE(at::allclose(mixed, 0.75 * first + 0.25 * second));
}

TEST(MixedLogits, AverageProbabilitiesByTheirShares) {
  const auto mixed = mixed_logits({first, second}, {3, 1}, TeacherMix::probabilities, labels);
  const auto want = 0.75 * at::softmax(first, 1) + 0.25 * at::softmax(second, 1);
  EXPECT_TRUE(at::allclose(at::softmax(mixed, 1), want));
}

TEST(MixedLogits, AShareOfNothingIsNotHeard) {
  EXPECT_TRUE(at::allclose(at::softmax(mixed_logits({first, second}, {0, 2}, TeacherMix::probabilities, labels), 1),
                           at::softmax(second, 1)));
}

TEST(MixedLogits, BestIsWhoGivesTheLabelMost) {
  const auto mixed = mixed_logits({first, second}, {1, 1}, TeacherMix::best, labels);
  EXPECT_TRUE(at::equal(mixed[0], first[0]));
  EXPECT_TRUE(at::equal(mixed[1], second[1]));
}

struct TeacherOfOneAnswer : Teacher {
  at::Tensor answer;
  explicit TeacherOfOneAnswer(at::Tensor logits) : answer(std::move(logits)) {}
  std::string name() const override { return "one answer"; }
  at::Tensor look(const TeacherBatch&, nn::Taps&) override { return answer; }
};

TEST(TeacherCommittee, TellsTheMeanOfTheLogitsBesideTheirMixture) {
  std::vector<TeacherCommittee::Member> members;
  members.push_back({std::make_unique<TeacherOfOneAnswer>(first), 1});
  members.push_back({std::make_unique<TeacherOfOneAnswer>(second), 1});
  TeacherCommittee committee(std::move(members), TeacherMix::probabilities);
  data::Batch batch{.size = 2};
  batch.columns["target"] = labels;
  nn::Taps none({});
  const auto said = committee.look_at_all({.batch = batch}, none);
  EXPECT_TRUE(at::allclose(said.mean_logits, (first + second) / 2));
  EXPECT_TRUE(at::allclose(at::softmax(said.logits, 1), (at::softmax(first, 1) + at::softmax(second, 1)) / 2));
  EXPECT_TRUE(at::equal(committee.look({.batch = batch}, none), said.logits));
  EXPECT_FALSE(TeacherOfOneAnswer(first).look_at_all({.batch = batch}, none).mean_logits.defined());
}

}  // namespace
}  // namespace retort::model
