#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/term_fixture.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

TEST(TapPairs, ActivationsOfOtherShapesAreRefusedByName) {
  LossOptions options;
  options.ce.weight = 0;
  options.maps.weight = 1;
  options.maps.taps = {{"layer1"}, {"layer2"}};
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  const RunBoth both(terms);
  EXPECT_EQ(tests::user_error_of([&] { evaluate_loss(terms, both.inputs, {}); }),
            "loss.maps: student tap 'layer1' gives [6, 16, 32, 32], teacher tap 'layer2' [6, 32, 16, 16]: activations "
            "of equal shapes would be right");
  options.maps.weight = 0;
  options.fsp.weight = 1;
  options.fsp.taps = {{"layer1", "layer2"}, {"layer2", "layer3"}};
  const auto flows = make_loss_terms(options, small_network(), &small_network());
  const RunBoth others(flows);
  const auto message = tests::user_error_of([&] { evaluate_loss(flows, others.inputs, {}); });
  EXPECT_EQ(message.find("loss.fsp: student tap 'layer1' gives [6, 16, 32, 32], teacher tap 'layer2' [6, 32, 16, 16]; "
                         "student tap 'layer2' gives [6, 32, 16, 16], teacher tap 'layer3' [6, 64, 8, 8]: fsp: "),
            0U)
      << message;
}

TEST(TapPairs, UnknownActivationsAreRefusedByTermAndSide) {
  LossOptions options;
  options.at.weight = 1;
  options.at.taps = {{"layer1"}, {"layr1"}};
  const auto terms = make_loss_terms(options, small_network(), &small_network());
  const RunBoth both(terms);
  const auto message = tests::user_error_of([&] { evaluate_loss(terms, both.inputs, {}); });
  EXPECT_EQ(message.find("loss.at.taps.teacher: the network has no activation 'layr1'"), 0U) << message;
}

TEST(TapPairs, StagesOfATeacherMustBeKnownOrNamed) {
  LossOptions options;
  options.at.weight = 1;
  const auto message = tests::user_error_of([&] { make_loss_terms(options, small_network(), nullptr); });
  EXPECT_EQ(message,
            "loss.at: the stages of this teacher are not known; name its activations in loss.at.taps.teacher, or take "
            "one that runs as a network");
  options.at.taps.teacher = {"a", "b", "c"};
  EXPECT_EQ(make_loss_terms(options, small_network(), nullptr).size(), 2U);
}

TEST(TapPairs, NetworksOfDifferentStagesAreRefusedByName) {
  LossOptions options;
  options.at.weight = 1;
  auto deeper = small_network();
  deeper.stages.push_back("layer4");
  const auto message = tests::user_error_of([&] { make_loss_terms(options, small_network(), &deeper); });
  EXPECT_EQ(message, "loss.at: 3 activations of the student, 4 of the teacher; name equally many in loss.at.taps");
}

TEST(TapPairs, PlainDifferencesOfNamedActivations) {
  LossOptions options;
  options.ce.weight = 0;
  options.maps.taps = {.student = {"layer1", "fc"}, .teacher = {"layer1.0.relu", "fc"}};
  options.maps.weight = 1;
  options.maps.pair_weights = {2, 3};
  using Pair = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;
  const auto expect = [&](MapDifference difference, MapReduction reduction, const Pair& of_pair) {
    options.maps.difference = difference;
    options.maps.reduction = reduction;
    const auto terms = make_loss_terms(options, small_network(), &small_network());
    const RunBoth both(terms);
    const auto wanted = 2 * of_pair(both.student_taps.at("layer1"), both.teacher_taps.at("layer1.0.relu")) +
                        3 * of_pair(both.student_taps.at("fc"), both.teacher_taps.at("fc"));
    const auto got = evaluate_loss(terms, both.inputs, {}).total;
    EXPECT_TRUE(at::allclose(got, wanted, 1e-4, 1e-6)) << got << " and not " << wanted;
  };
  const auto squared = [](const at::Tensor& s, const at::Tensor& t) { return (s - t).square().sum(); };
  expect(MapDifference::l2, MapReduction::sum, squared);
  expect(MapDifference::l2, MapReduction::mean,
         [&](const at::Tensor& s, const at::Tensor& t) { return squared(s, t) / static_cast<double>(s.numel()); });
  expect(MapDifference::l1, MapReduction::mean,
         [](const at::Tensor& s, const at::Tensor& t) { return (s - t).abs().mean(); });
  expect(MapDifference::smooth_l1, MapReduction::sum,
         [](const at::Tensor& s, const at::Tensor& t) { return at::smooth_l1_loss(s, t, at::Reduction::Sum); });
  expect(MapDifference::cosine, MapReduction::mean, [](const at::Tensor& s, const at::Tensor& t) {
    return (1 - at::cosine_similarity(s.flatten(1), t.flatten(1), 1)).mean();
  });
}

}  // namespace
}  // namespace retort::model
