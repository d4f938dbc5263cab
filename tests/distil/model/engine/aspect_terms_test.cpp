#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "data/soft_labels/aspect_rules.h"
#include "distil/model/engine/aspect_network.h"
#include "distil/model/engine/term_fixture.h"
#include "distil/model/engine/tiny_distillation.h"
#include "io/atomic_file.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

/// The four questions about pixels, answered for the training set of the tiny distillation.
void give_aspects(TinyDistillation& tiny) {
  const auto set = data::open_train_set(tiny.registries, tiny.options.data);
  const auto file = tiny.folder / "aspects.json";
  io::write_whole_file(file, data::aspect_answers_text(data::answers_by_rule(*set, {}, 0.9, "")));
  tiny.options.student.aspects = file.string();
  tiny.options.loss.aspects.weight = 4;
}

nn::Network answering_student() {
  return with_further_outputs(tests::network_registries().networks.get("resnet8").make(4 + 3), 3);
}

TEST(AspectNetwork, LeavesItsFurtherOutputsOut) {
  const auto network = answering_student();
  EXPECT_EQ(network.classes, 4);
  EXPECT_EQ(network.further_outputs, 3);
  const auto weights = nn::create_weights(network, RandomTree(1));
  const auto plain_weights = without_further_outputs(weights, network);
  EXPECT_EQ(weights.shape_of("fc.weight"), (std::vector<int64_t>{7, 64}));
  EXPECT_EQ(plain_weights.shape_of("fc.weight"), (std::vector<int64_t>{4, 64}));
  EXPECT_EQ(plain_weights.shape_of("fc.bias"), (std::vector<int64_t>{4}));
  const auto plain = tests::network_registries().networks.get("resnet8").make(4);
  EXPECT_TRUE(nn::compare_weights(plain_weights, nn::create_weights(*plain, RandomTree(0))).none());
  const auto picture = at::sin(at::arange(2 * 3 * 32 * 32, at::kFloat)).view({2, 3, 32, 32});
  nn::Taps taps({all_outputs_tap});
  nn::GivenSource source(weights), plain_source(plain_weights);
  const auto logits = network.forward(nn::Scope(source, &taps), picture);
  EXPECT_EQ(taps.at(all_outputs_tap).sizes(), (at::IntArrayRef{2, 7}));
  EXPECT_TRUE(at::allclose(logits, plain->forward(nn::Scope(plain_source), picture), 1e-5, 1e-6));
}

TEST(AspectTerms, AreBinaryCrossEntropyWithTheSamplesOwnAnswers) {
  const auto student = answering_student();
  LossOptions options;
  options.ce.weight = 0;
  options.aspects.weight = 2;
  const auto terms = make_loss_terms(options, student, nullptr);
  ASSERT_EQ(terms.size(), 1U);
  EXPECT_FALSE(terms[0].uses_teacher);
  nn::Taps taps({all_outputs_tap});
  const auto outputs = at::sin(at::arange(14, at::kFloat)).view({2, 7});
  taps.offer(all_outputs_tap, outputs);
  TermInputs in;
  in.student = {outputs.narrow(1, 0, 4), &taps};
  in.labels = at::tensor({1, 3}, at::kLong);
  in.sample_index = at::tensor({2, 0}, at::kLong);
  in.aspects_of_set = at::arange(9, at::kFloat).view({3, 3}) / 10;
  const auto answers = at::tensor({0.6f, 0.7f, 0.8f, 0.f, 0.1f, 0.2f}).view({2, 3});
  const auto expected = 2 * at::binary_cross_entropy_with_logits(outputs.narrow(1, 4, 3), answers);
  EXPECT_NEAR(evaluate_loss(terms, in, {}).total.item<double>(), expected.item<double>(), 1e-6);
}

TEST(AspectTerms, TrainTheStudentWhoseProductIsPlain) {
  TinyDistillation tiny;
  give_aspects(tiny);
  expect_the_same_when_resumed(tiny, 5);
  auto job = tiny.job();
  EXPECT_EQ(everything(*job).at("student.fc.weight").sizes(), (at::IntArrayRef{7, 64}));
  LastValues recorder;
  while (job->step(recorder)) {
  }
  EXPECT_GT(recorder.values.at("train/aspects"), 0);
  job->finish(tiny.folder.path(), recorder);
  EXPECT_TRUE(recorder.values.contains("eval/top1"));
  const auto plain = tiny.registries.networks.get("resnet8").make(3);
  const auto weights = nn::load_network_weights(*plain, tiny.folder / "weights.safetensors");
  EXPECT_TRUE(at::equal(weights.parameters.at("fc.weight"), everything(*job).at("student.fc.weight").slice(0, 0, 3)));
}

TEST(AspectTerms, MayBeShuffledToCompareWith) {
  TinyDistillation tiny;
  give_aspects(tiny);
  const auto set = data::open_train_set(tiny.registries, tiny.options.data);
  auto options = tiny.options.student;
  const auto plain = load_aspects(options, *set, RandomTree(1));
  options.shuffle_aspects = true;
  const auto shuffled = load_aspects(options, *set, RandomTree(1));
  EXPECT_TRUE(at::equal(shuffled, load_aspects(options, *set, RandomTree(1))));
  EXPECT_EQ(plain.sizes(), shuffled.sizes());
  EXPECT_TRUE(at::allclose(plain.sum(0), shuffled.sum(0), 1e-4, 1e-5));
}

TEST(AspectTerms, SayWhatTheyNeed) {
  LossOptions options;
  options.aspects.weight = 1;
  EXPECT_NE(tests::user_error_of([&] { make_loss_terms(options, small_network(), nullptr); }).find("student.aspects"),
            std::string::npos);
  TinyDistillation tiny;
  give_aspects(tiny);
  tiny.options.student.network = "resnet8/2";
  // 3 classes and 4 questions of 2 outputs each.
  EXPECT_NE(tests::user_error_of([&] { tiny.job(); }).find("several outputs a class"), std::string::npos);
  tiny.options.student.network = "dual_head(resnet8)";
  EXPECT_NE(tests::user_error_of([&] { tiny.job(); }).find("more than its own classifier"), std::string::npos);
  tiny.options.student.network = "resnet8";
  tiny.options.data.train_samples = 3;
  EXPECT_NE(tests::user_error_of([&] { tiny.job(); }).find("answers for 24 samples"), std::string::npos);
}

}  // namespace
}  // namespace retort::model
