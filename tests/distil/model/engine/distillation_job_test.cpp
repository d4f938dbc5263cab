#include "distil/model/engine/distillation_job.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/recipe.h"
#include "distil/model/engine/tiny_distillation.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

TEST(DistillationJob, LearnsColoursFromLabels) {
  TinyDistillation tiny;
  auto job = tiny.job();
  LastValues recorder;
  EXPECT_EQ(job->plan().total_steps(), 12);
  while (job->step(recorder)) {
  }
  EXPECT_EQ(job->steps_done(), 12);
  const auto products = job->finish(tiny.folder.path(), recorder);
  ASSERT_EQ(products.size(), 2U);
  EXPECT_EQ(products[0].kind, "weights");
  EXPECT_GT(recorder.values.at("eval/top1"), 0.9);
  const auto evaluation = nlohmann::json::parse(std::ifstream(tiny.folder / "evaluation.json"));
  EXPECT_EQ(evaluation.at("student").at("samples"), 24);
  EXPECT_EQ(evaluation.at("student").at("top1_of_class").size(), 3U);
}

TEST(DistillationJob, AResumedRunGivesTheSameBits) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.loss.kd.weight = 1;
  tiny.options.loss.sp.weight = 1;
  auto& crd = tiny.options.loss.crd;
  crd.weight = 0.8;
  crd.dimensions = 16;
  crd.negatives = 12;
  tiny.options.loss.mgd.weight = 1e-3;
  tiny.options.loss.reviewkd.weight = 1;
  tiny.options.loss.reviewkd.warm_up_epochs = 2;
  expect_the_same_when_resumed(tiny, 5);  // in the middle of the second epoch
}

TEST(DistillationJob, TheOrderInMemoryChangesRoundingOnly) {
  std::map<std::string, at::Tensor> after[2];
  for (const bool channels_last : {false, true}) {
    TinyDistillation tiny;
    tiny.options.train.channels_last = channels_last;
    auto job = tiny.job();
    LastValues recorder;
    job->step(recorder);
    after[channels_last] = everything(*job);
  }
  for (const auto& [name, tensor] : after[0]) {
    if (!tensor.is_floating_point()) continue;
    EXPECT_TRUE(at::allclose(tensor, after[1].at(name), 1e-3, 1e-4)) << name;
  }
}

TEST(DistillationJob, TheTeacherStaysAsItIsInEvalMode) {
  for (const auto mode : {TeacherMode::eval, TeacherMode::train}) {
    TinyDistillation tiny;
    tiny.give_teacher();
    tiny.options.teacher.mode = mode;
    tiny.options.loss.kd.weight = 1;
    auto job = tiny.job();
    const auto before = everything(*job);
    LastValues recorder;
    job->step(recorder);
    const auto after = everything(*job);
    EXPECT_EQ(at::equal(before.at("teacher.bn1.running_mean"), after.at("teacher.bn1.running_mean")),
              mode == TeacherMode::eval);
    EXPECT_FALSE(at::equal(before.at("student.conv1.weight"), after.at("student.conv1.weight")));
  }
}

TEST(DistillationJob, RefusesAMistypedNetworkAndForeignWeights) {
  TinyDistillation tiny;
  tiny.options.student.network = "resnet21";
  EXPECT_NE(tests::user_error_of([&] { tiny.job(); }).find("did you mean 'resnet20'"), std::string::npos);
  TinyDistillation other;
  other.give_teacher();
  other.options.teacher.network = "resnet20";
  other.options.loss.kd.weight = 1;
  EXPECT_NE(tests::user_error_of([&] { other.job(); }).find("missing"), std::string::npos);
}

TEST(DistillationJob, ALossThatIsNotFiniteNamesItsTerm) {
  TinyDistillation tiny;
  tiny.options.train.optimiser.learning_rate = 1e30;
  auto job = tiny.job();
  LastValues recorder;
  try {
    while (job->step(recorder)) {
    }
    FAIL() << "nothing was thrown";
  } catch (const Fault& fault) {
    EXPECT_NE(std::string(fault.what()).find("the term 'ce'"), std::string::npos) << fault.what();
  }
}

TEST(ModelOptions, SayWhatIsMissing) {
  const auto read = [](const std::string& text) {
    return tests::user_error_of([&] { Recipe::parse(text, "r.yaml").read<ModelOptions>(); });
  };
  EXPECT_NE(read("distil: model\nmethod: kd\n").find("names no data set"), std::string::npos);
  EXPECT_NE(read("distil: model\nmethod: kd\ndata: {train: cifar10/train}\nloss: {kd: {weight: 1}}\n")
                .find("needs a teacher"),
            std::string::npos);
  EXPECT_NE(read("distil: model\nmethod: kd\ndata: {train: cifar10/train}\nloss: {kd: {wieght: 1}}\n")
                .find("did you mean 'weight'"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::model
