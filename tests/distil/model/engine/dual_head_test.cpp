// Two heads on one feature: what the network answers, what can be tapped, and how the mixture is chosen.
#include "distil/model/engine/dual_head.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/network_choice.h"
#include "distil/model/engine/tiny_distillation.h"
#include "support/network_registries.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

TEST(DualHead, AnswersWithTheLogarithmOfTheMixture) {
  const auto network = make_network(tests::network_registries(), "dual_head(resnet8_narrow)", 4);
  EXPECT_EQ(network->name, "dual_head(resnet8_narrow)");
  auto weights = nn::create_weights(*network, RandomTree(3));
  EXPECT_EQ(weights.shape_of("teacher_head.weight"), (std::vector<int64_t>{4, 32}));
  weights.buffers.at("mixture").copy_(at::tensor({0.25, 2.0}, at::kFloat));
  nn::Taps taps({"fc", "teacher_head", "avgpool", "layer3"});
  nn::GivenSource source(weights);
  const auto pictures = at::sin(at::arange(2 * 3 * 32 * 32)).view({2, 3, 32, 32});
  const auto logits = network->forward(nn::Scope(source, &taps), pictures);
  const auto expected = 0.25 * at::softmax(taps.at("fc"), 1) + 0.75 * at::softmax(taps.at("teacher_head") / 2.0, 1);
  EXPECT_TRUE(at::allclose(at::softmax(logits, 1), expected, 1e-4, 1e-6));
  const auto by_hand = at::linear(taps.at("avgpool"), weights.parameters.at("teacher_head.weight"),
                                  weights.parameters.at("teacher_head.bias"));
  EXPECT_TRUE(at::allclose(taps.at("teacher_head"), by_hand, 1e-4, 1e-5));
}

TEST(DualHead, UnknownNetworksInsideAreNamed) {
  const auto registries = tests::network_registries();
  EXPECT_NE(tests::user_error_of([&] { make_network(registries, "dual_head(resnet9)", 4); }).find("resnet9"),
            std::string::npos);
  EXPECT_NE(tests::user_error_of([&] { make_network(registries, "dual_head(resnet8", 4); }).find("dual_head(resnet8"),
            std::string::npos);
  EXPECT_NE(tests::user_error_of([&] { make_network(registries, "dual_head(resnet8/5)", 4); }).find("resnet8/5"),
            std::string::npos);
  EXPECT_NE(tests::user_error_of([&] {
              make_network(registries, "dual_head(deeplab_resnet8_narrow)", 4);
            }).find("classes of pixels"),
            std::string::npos);
}

void learn_in_two_heads(TinyDistillation& tiny) {
  tiny.give_teacher();
  tiny.options.data.train_samples = 6;
  tiny.options.extra.train = tiny.options.data.train;
  tiny.options.extra.rest = true;
  tiny.options.extra.held_out = 6;
  tiny.options.extra.batch_size = 4;
  tiny.options.student.network = "dual_head(resnet8)";
  tiny.options.loss.ce.weight = 0;
  tiny.options.loss.dho.weight = 1;
}

TEST(DualHead, JobsChooseTheMixtureOnHeldOutPicturesAndResumeToTheBit) {
  TinyDistillation tiny;
  learn_in_two_heads(tiny);
  tiny.options.train.evaluate_every = 1;
  const auto job = tiny.job();
  LastValues recorder;
  while (job->step(recorder)) {
  }
  ASSERT_TRUE(recorder.values.contains("eval/mixture_alpha"));
  const auto mixture = job->student().buffers.at("mixture");
  EXPECT_FLOAT_EQ(mixture[0].item<float>(), static_cast<float>(recorder.values.at("eval/mixture_alpha")));
  EXPECT_FLOAT_EQ(mixture[1].item<float>(), static_cast<float>(recorder.values.at("eval/mixture_beta")));
  expect_the_same_when_resumed(tiny, 2);
}

TEST(DualHead, BothHeadsLearn) {
  TinyDistillation tiny;
  learn_in_two_heads(tiny);
  const auto job = tiny.job();
  const auto before = nn::copy_of(job->student());
  run_out(*job);
  for (const char* name : {"fc.weight", "teacher_head.weight", "conv1.weight"})
    EXPECT_FALSE(at::equal(before.parameters.at(name), job->student().parameters.at(name))) << name;
}

}  // namespace
}  // namespace retort::model
