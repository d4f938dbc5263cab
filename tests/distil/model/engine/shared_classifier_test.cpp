// Students that end in their teacher's classifier, and jobs on foreign pictures.
#include "distil/model/engine/shared_classifier.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/model/engine/network_choice.h"
#include "distil/model/engine/tiny_distillation.h"
#include "nn/layers.h"
#include "support/network_registries.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

TEST(SharedClassifier, EndsInTransferAndClassifierOfTheTeachersWidth) {
  const auto network = make_network(tests::network_registries(), "shared_classifier(resnet8_narrow,64,4)", 5);
  EXPECT_EQ(network->name, "shared_classifier(resnet8_narrow,64,4)");
  const auto weights = nn::create_weights(*network, RandomTree(3));
  EXPECT_FALSE(weights.find("fc.weight").defined());  // its own is gone
  EXPECT_EQ(weights.shape_of("classifier.weight"), (std::vector<int64_t>{5, 64}));
  EXPECT_EQ(weights.shape_of("transfer.0.weight"), (std::vector<int64_t>{32, 32, 1, 1}));
  nn::Taps taps({"layer1", "layer3", "transfer", "pooled"});
  nn::GivenSource source(weights);
  const auto image = at::sin(at::arange(2 * 3 * 32 * 32)).view({2, 3, 32, 32});
  const auto logits = network->forward(nn::Scope(source, &taps), image);
  EXPECT_EQ(taps.at("layer3").sizes(), (std::vector<int64_t>{2, 32, 8, 8}));
  EXPECT_EQ(taps.at("transfer").sizes(), (std::vector<int64_t>{2, 64, 4, 4}));
  EXPECT_TRUE(at::allclose(
      logits,
      at::linear(taps.at("transfer").mean({2, 3}), weights.find("classifier.weight"), weights.find("classifier.bias")),
      1e-4, 1e-5));
  nn::Taps early({"layer1"});  // somebody who wants less than the network's own listener
  early.run_until_complete([&] { network->forward(nn::Scope(source, &early), image); });
  EXPECT_TRUE(at::allclose(early.at("layer1"), taps.at("layer1")));
  nn::Taps trunk({"layer3"});  // just what that listener waits for
  trunk.run_until_complete([&] { network->forward(nn::Scope(source, &trunk), image); });
  EXPECT_TRUE(at::allclose(trunk.at("layer3"), taps.at("layer3")));
}

TEST(SharedClassifier, NamesThatDoNotFitAreRefused) {
  const auto registries = tests::network_registries();
  const auto refused = [&](const std::string& name) {
    return tests::user_error_of([&] { make_network(registries, name, 4); });
  };
  EXPECT_NE(refused("shared_classifier(resnet8)").find("names no width"), std::string::npos);
  EXPECT_NE(refused("shared_classifier(resnet8,wide)").find("'wide' is no whole number"), std::string::npos);
  EXPECT_NE(refused("shared_classifier(resnet8,64,-1)").find("'-1' is no whole number"), std::string::npos);
  EXPECT_NE(refused("shared_classifier(vit_nano_patch4_32,64)").find("has no maps"), std::string::npos);
  EXPECT_NE(refused("shared_classifier(deeplab_resnet8_narrow,64)").find("classes of pixels"), std::string::npos);
}

void learn_from_foreign_pictures(TinyDistillation& tiny) {
  tiny.give_teacher();
  tiny.options.student.network = "shared_classifier(resnet8,64)";
  tiny.options.loss.ce.weight = 0;
  tiny.options.loss.kd3.weight = 1;
  tiny.options.train.foreign_pictures = true;
  tiny.options.train.selection = {.on = true, .cutoff = 0.95, .max_epoch = 2, .length = 3};
}

TEST(SharedClassifier, JobsKeepTheTeachersClassifierAsItIs) {
  TinyDistillation tiny;
  learn_from_foreign_pictures(tiny);
  const auto teacher = nn::load_weights(tiny.options.teacher.weights);
  const auto job = tiny.job();
  const auto before = nn::copy_of(job->student());
  LastValues recorder;
  while (job->step(recorder)) {
  }
  EXPECT_GT(recorder.values.at("train/selected"), 0);
  EXPECT_LE(recorder.values.at("train/selected"), 1);
  for (const char* part : {".weight", ".bias"})
    EXPECT_TRUE(
        at::equal(job->student().find(std::string("classifier") + part), teacher.find(std::string("fc") + part)));
  for (const char* name : {"conv1.weight", "transfer.0.weight", "transfer.7.weight"})
    EXPECT_FALSE(at::equal(job->student().find(name), before.find(name))) << name;
}

TEST(SharedClassifier, JobsOnChosenPicturesResumeToTheBit) {
  TinyDistillation tiny;
  learn_from_foreign_pictures(tiny);
  for (const int64_t steps : {4, 6}) {  // between epochs and within one
    SCOPED_TRACE(steps);
    expect_the_same_when_resumed(tiny, steps);
  }
}

TEST(SharedClassifier, JobsSayWhatDoesNotFit) {
  TinyDistillation tiny;
  learn_from_foreign_pictures(tiny);
  tiny.options.loss.ce.weight = 1;
  EXPECT_EQ(tests::user_error_of([&] { tiny.job(); }),
            "train.foreign_pictures: the term 'ce' reads labels, which are of other classes; leave it out");
  tiny.options.loss.ce.weight = 0;
  tiny.options.student.network = "shared_classifier(resnet8,32)";
  EXPECT_NE(tests::user_error_of([&] { tiny.job(); }).find("name the teacher's width"), std::string::npos);
}

}  // namespace
}  // namespace retort::model
