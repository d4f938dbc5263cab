#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>

#include "distil/model/engine/lelp_fixture.h"
#include "distil/model/engine/network_choice.h"
#include "distil/model/engine/tiny_distillation.h"
#include "distil/model/engine/trained_network.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/lelp.h"
#include "metrics/subclass_directions.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

TEST(SubclassNetwork, AddsUpTheProbabilitiesOfItsOutputs) {
  const auto network = wide_student(3);
  EXPECT_EQ(network.classes, 4);
  EXPECT_EQ(network.outputs_per_class, 3);
  const auto weights = nn::create_weights(network, RandomTree(1));
  EXPECT_EQ(weights.shape_of("fc.weight"), (std::vector<int64_t>{12, 64}));
  nn::Taps taps({subclass_logits_tap});
  nn::GivenSource source(weights);
  const auto logits = network.forward(nn::Scope(source, &taps), at::ones({2, 3, 32, 32}));
  const auto& wide = taps.at(subclass_logits_tap);
  ASSERT_EQ(wide.sizes(), (at::IntArrayRef{2, 12}));
  EXPECT_TRUE(at::allclose(logits.softmax(1), wide.softmax(1).view({2, 4, 3}).sum(2), 1e-5, 1e-6));
}

TEST(SubclassNetwork, IsNamedBehindASlash) {
  const auto registries = tests::network_registries();
  EXPECT_EQ(make_network(registries, "resnet8/5", 2)->outputs_per_class, 5);
  EXPECT_EQ(make_network(registries, "resnet8/5", 2)->name, "resnet8/5");
  EXPECT_EQ(make_network(registries, "resnet8", 2)->outputs_per_class, 1);
  for (const char* name : {"resnet8/", "resnet8/0", "resnet8/x", "resnet8/-2", "resnet8/1001"})
    EXPECT_NE(tests::user_error_of([&] { make_network(registries, name, 2); }).find("a number of outputs"),
              std::string::npos)
        << name;
}

TEST(SubclassNetwork, OpensFromItsWeights) {
  const tests::TemporaryFolder folder;
  const auto registries = tests::network_registries();
  const auto file = folder / "wide.safetensors";
  io::save_safetensors(file, nn::named_tensors(nn::create_weights(wide_student(3), RandomTree(1))));
  const auto open = open_trained_network(registries, "resnet8/3", file.string(), {3, 32, 32});
  EXPECT_EQ(open.network->classes, 4);
  EXPECT_EQ(open_trained_network(registries, "resnet8", file.string(), {3, 32, 32}).network->classes, 12);
}

TEST(LelpTerms, LearnThePapersTargets) {
  auto options = lelp_alone();
  options.lelp.beta = 0.5;
  options.lelp.temperature = 2;
  options.lelp.alpha = 0.25;
  options.lelp.rotation = false;
  const PreparedLelp run(options, 3);
  EXPECT_TRUE(run.terms[0].needs_plain_labels);
  const auto classifier = run.both.teacher.parameters.at("fc.weight");
  const auto directions = metrics::subclass_directions(run.tour_taps.at("avgpool"), run.tour.labels, classifier,
                                                       {.subclasses = 3, .null_space = true});
  EXPECT_TRUE(at::allclose(run.modules.buffers.at("lelp.scale"), directions.scale));
  const auto& in = run.both.inputs;
  const auto targets =
      losses::subclass_targets(in.teacher.logits, metrics::subclass_scores(in.teacher.taps->at("avgpool"), directions),
                               directions.scale, {.beta = 0.5, .temperature = 2});
  const auto expected = losses::lelp_loss(run.student_taps.at(subclass_logits_tap), targets, in.labels,
                                          {.temperature = 2, .alpha = 0.25, .subclasses = 3});
  EXPECT_NEAR(run.value(), expected.item<double>(), 1e-5);
}

TEST(LelpTerms, RotateByAStreamOfTheTraining) {
  const PreparedLelp first(lelp_alone(), 3), again(lelp_alone(), 3);
  auto options = lelp_alone();
  options.lelp.rotation = false;
  const PreparedLelp plain(options, 3);
  options.lelp.split = SubclassSplit::random;
  const PreparedLelp random(options, 3);
  const auto directions = [](const PreparedLelp& run) { return run.modules.buffers.at("lelp.directions"); };
  EXPECT_TRUE(at::equal(directions(first), directions(again)));
  EXPECT_FALSE(at::allclose(directions(first), directions(plain), 1e-2, 1e-2));
  const auto span = [&](const PreparedLelp& run) {
    return at::matmul(directions(run).transpose(1, 2), directions(run));
  };
  EXPECT_TRUE(at::allclose(span(first), span(plain), 1e-3, 1e-4));
  EXPECT_FALSE(at::allclose(span(random), span(plain), 1e-1, 1e-1));
}

TEST(LelpTerms, OneOutputAClassIsKd) {
  const PreparedLelp run(lelp_alone(), 1);
  const auto& in = run.both.inputs;
  const auto kd = losses::kd_loss(in.student.logits, in.teacher.logits, {.temperature = 1});
  const auto entropy = -(in.teacher.logits.softmax(1) * in.teacher.logits.log_softmax(1)).sum(1).mean();
  EXPECT_NEAR(run.value(), (kd + entropy).item<double>(), 1e-4);
}

TEST(LelpTerms, TrainAndResumeTogetherWithTheirStudent) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.student.network = "resnet8/4";
  tiny.options.loss.ce.weight = 0;
  tiny.options.loss.lelp.weight = 1;
  expect_the_same_when_resumed(tiny, 5);
  auto job = tiny.job();
  LastValues recorder;
  while (job->step(recorder)) {
  }
  job->finish(tiny.folder.path(), recorder);
  const auto open =
      open_trained_network(tiny.registries, "resnet8/4", (tiny.folder / "weights.safetensors").string(), {3, 32, 32});
  EXPECT_EQ(open.network->classes, 3);
}

TEST(LelpTerms, SayWhatTheyNeed) {
  auto options = lelp_alone();
  options.lelp.tap = "embedding";
  EXPECT_NE(tests::user_error_of([&] { make_loss_terms(options, wide_student(3), nullptr); }).find("null_space: false"),
            std::string::npos);
  options.lelp.null_space = false;
  EXPECT_EQ(make_loss_terms(options, wide_student(3), nullptr).size(), 1U);
}

}  // namespace
}  // namespace retort::model
