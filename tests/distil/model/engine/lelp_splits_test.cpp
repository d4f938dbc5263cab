// The splits that LELP is compared with: what their targets are, and that trainings with them resume.
#include "distil/model/engine/lelp_splits.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "distil/model/engine/hidden_classes.h"
#include "distil/model/engine/lelp_fixture.h"
#include "distil/model/engine/tiny_distillation.h"
#include "losses/distillation/lelp.h"
#include "losses/distillation/subclass_contrast.h"
#include "metrics/subclass_clusters.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

TEST(LelpSplits, ClustersTakeAClassesProbabilityWhole) {
  auto options = lelp_alone();
  options.lelp.null_space = false;
  options.lelp.temperature = 2;
  for (const auto split : {SubclassSplit::kmeans, SubclassSplit::agglomerative}) {
    options.lelp.split = split;
    const PreparedLelp run(options, 3);
    const auto& centres = run.modules.buffers.at("lelp.centres");
    ASSERT_EQ(centres.sizes(), (at::IntArrayRef{4, 3, 64}));
    // Each centre is the mean of the training samples of its class that lie nearest to it (of Ward's nearly so).
    const auto rows = run.tour_taps.at("avgpool");
    const auto own = rows.index_select(0, run.tour.labels.eq(1).nonzero().flatten());
    const auto nearest = metrics::nearest_subclasses(own, centres).select(1, 1);
    EXPECT_TRUE((nearest.sum(0) > 0).all().item<bool>());
    if (split == SubclassSplit::kmeans) {
      EXPECT_TRUE(at::allclose(nearest.t().matmul(own) / nearest.sum(0).unsqueeze(1), centres[1], 1e-4, 1e-5));
    }
    const auto& in = run.both.inputs;
    const auto split_of = metrics::nearest_subclasses(in.teacher.taps->at("avgpool"), centres);
    const auto targets = (at::softmax(in.teacher.logits / 2, 1).unsqueeze(2) * split_of).flatten(1);
    EXPECT_TRUE(at::allclose(targets.sum(1), at::ones({6})));
    const auto expected = losses::lelp_loss(run.student_taps.at(subclass_logits_tap), targets, in.labels,
                                            {.temperature = 2, .subclasses = 3});
    EXPECT_NEAR(run.value(), expected.item<double>(), 1e-5);
  }
}

TEST(LelpSplits, ClustersOfProjectedEmbeddingsDoNotSeeTheClassifier) {
  auto options = lelp_alone();
  options.lelp.split = SubclassSplit::kmeans;
  const PreparedLelp run(options, 3);
  const auto weight = run.both.teacher.parameters.at("fc.weight");
  const auto centred = weight - weight.mean(0, true);
  const auto seen = run.modules.buffers.at("lelp.centres").flatten(0, 1).matmul(centred.t());
  EXPECT_LT(seen.abs().max().item<double>(), 1e-4);
}

void learn_pairs(TinyDistillation& tiny, SubclassSplit split) {
  tiny.give_teacher();
  tiny.options.student.network = "resnet8/2";
  tiny.options.loss.ce.weight = 0;
  tiny.options.loss.lelp = {.weight = 1, .split = split};
}

TEST(LelpSplits, TrainingsOfAllOfThemResume) {
  for (const auto split : {SubclassSplit::kmeans, SubclassSplit::agglomerative}) {
    TinyDistillation tiny;
    learn_pairs(tiny, split);
    expect_the_same_when_resumed(tiny, 5);
  }
}

TEST(LelpSplits, TheTeachersOwnOutputsAreLearnedAsTheyAre) {
  TinyDistillation tiny;
  learn_pairs(tiny, SubclassSplit::teacher);
  EXPECT_NE(tests::user_error_of([&] { tiny.job(); }).find("the student has 2, the teacher 1"), std::string::npos);
  // A teacher of two outputs a class that is the student's double: nothing is left to learn but the entropy.
  const auto wide = with_subclasses(tiny.registries.networks.get("resnet8").make(6), 2);
  const auto file = tiny.folder / "wide.safetensors";
  io::save_safetensors(file, nn::named_tensors(nn::create_weights(wide, RandomTree(5))));
  tiny.options.teacher.network = tiny.options.student.network;
  tiny.options.teacher.weights = tiny.options.student.weights = file.string();
  tiny.options.teacher.mode = TeacherMode::train;
  tiny.options.train.log_every = 1;
  const auto job = tiny.job();
  LastValues recorder;
  job->step(recorder);
  EXPECT_GT(recorder.values.at("train/lelp"), 0);
  EXPECT_LE(recorder.values.at("train/lelp"), std::log(6.0) + 1e-6);  // an entropy of six outputs
}

TEST(LelpSplits, HiddenClassesAreThoseBeforeTheMerge) {
  TinyDistillation tiny;
  tiny.options.data.merge_classes = 2;  // blue and red are one, green is the other
  const auto hidden = hidden_classes(tiny.registries, tiny.options.data, 2);
  const auto set = data::open_train_set(tiny.registries, tiny.options.data);
  ASSERT_EQ(hidden.size(0), set->size());
  for (int64_t i = 0; i < set->size(); ++i) {
    const bool red = set->sample_name(i).find("red") != std::string::npos;
    EXPECT_EQ(hidden[i].item<int64_t>(), red ? 1 : 0) << set->sample_name(i);
  }
  EXPECT_NE(
      tests::user_error_of([&] { hidden_classes(tiny.registries, tiny.options.data, 1); }).find("2 would be right"),
      std::string::npos);
  tiny.options.data.merge_classes = 0;
  EXPECT_NE(tests::user_error_of([&] { hidden_classes(tiny.registries, tiny.options.data, 2); }).find("merge_classes"),
            std::string::npos);
}

TEST(LelpSplits, TheOracleLearnsHiddenClassesAlone) {
  auto options = lelp_alone();
  options.lelp.split = SubclassSplit::hidden;
  const auto student = wide_student(3);
  const auto terms = make_loss_terms(options, student, &small_network());
  ASSERT_TRUE(terms[0].reads_subclasses);
  EXPECT_FALSE(terms[0].uses_teacher);
  nn::Taps taps({subclass_logits_tap});
  const auto logits = at::sin(at::arange(2 * 12, at::kFloat)).view({2, 12});
  taps.offer(subclass_logits_tap, logits);
  TermInputs in;
  in.student = {losses::class_log_probabilities(logits, 3), &taps};
  in.labels = at::tensor({3, 1}, at::kLong);
  in.sample_index = at::tensor({2, 0}, at::kLong);
  in.subclass_of_set = at::tensor({1, 0, 2}, at::kLong);
  const auto expected = at::cross_entropy_loss(logits, at::tensor({3 * 3 + 2, 3 + 1}, at::kLong));
  EXPECT_NEAR(evaluate_loss(terms, in, {}).total.item<double>(), expected.item<double>(), 1e-6);
  TinyDistillation tiny;
  learn_pairs(tiny, SubclassSplit::hidden);
  tiny.options.data.merge_classes = 2;
  tiny.options.teacher = {};
  tiny.options.teacher.network = "resnet14";
  const auto network = tiny.registries.networks.get("resnet14").make(2);
  const auto file = tiny.folder / "pairs.safetensors";
  io::save_safetensors(file, nn::named_tensors(nn::create_weights(*network, RandomTree(9))));
  tiny.options.teacher.weights = file.string();
  expect_the_same_when_resumed(tiny, 5);
}

TEST(SubclassContrast, IsLowWhereSamplesDifferAndTrainsTeachersOfSeveralOutputs) {
  const auto alike = at::ones({4, 6}), apart = at::eye(4, 6);
  EXPECT_NEAR(losses::subclass_contrast_loss(alike).item<double>(), 0, 1e-6);
  // Each row's likeness is 1 to itself and 0 to three others.
  EXPECT_NEAR(losses::subclass_contrast_loss(apart, 0.5).item<double>(), std::log((std::exp(2.0) + 3) / 4) - 2, 1e-6);
  EXPECT_NEAR(losses::subclass_contrast_loss(7 * apart, 0.5).item<double>(),
              losses::subclass_contrast_loss(apart, 0.5).item<double>(), 1e-6);
  TinyDistillation tiny;
  tiny.options.student.network = "resnet8/2";
  tiny.options.loss.subclass_contrast.weight = 0.1;
  tiny.options.train.log_every = 1;
  const auto job = tiny.job();  // without any teacher
  LastValues recorder;
  job->step(recorder);
  EXPECT_LT(recorder.values.at("train/subclass_contrast"), 0);
}

}  // namespace
}  // namespace retort::model
