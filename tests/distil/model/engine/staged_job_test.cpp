// Stages, several batches a step, mixing, bfloat16, several teachers: what a job does beside plain training.
#include <gtest/gtest.h>

#include "distil/model/engine/tiny_distillation.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

StageOptions hint_stage(const TinyDistillation& tiny) {
  StageOptions stage;
  stage.loss.fitnets.weight = 1;
  stage.optimiser = tiny.options.train.optimiser;
  return stage;
}

TEST(StagedJob, RunsItsStagesInOrderAndResumesInAndBetweenThem) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.loss.kd.weight = 1;
  tiny.options.before.emplace_back("hint", hint_stage(tiny));
  const auto plan = tiny.job()->plan();
  ASSERT_EQ(plan.phases.size(), 2U);
  EXPECT_EQ(plan.phases[0].name, "hint");
  EXPECT_EQ(plan.phases[0].steps, 4);
  EXPECT_EQ(plan.total_steps(), 16);
  for (const int64_t steps : {2, 4, 7}) {
    SCOPED_TRACE(steps);
    expect_the_same_when_resumed(tiny, steps);
  }
}

TEST(StagedJob, AHintLeavesTheClassifierAsItWas) {
  TinyDistillation tiny;
  tiny.give_teacher();
  auto stage = hint_stage(tiny);
  stage.optimiser.weight_decay = 0;
  stage.frozen = {"conv1"};
  tiny.options.before.emplace_back("hint", stage);
  auto job = tiny.job();
  const auto before = everything(*job);
  LastValues recorder;
  for (int i = 0; i < 3; ++i) job->step(recorder);
  const auto after = everything(*job);
  for (const char* name : {"student.fc.weight", "student.conv1.weight", "student.layer3.0.conv1.weight"})
    EXPECT_TRUE(at::equal(before.at(name), after.at(name))) << name;  // behind the hint, or frozen
  EXPECT_FALSE(at::equal(before.at("student.layer1.0.conv1.weight"), after.at("student.layer1.0.conv1.weight")));
  while (job->steps_done() < 5) job->step(recorder);  // the training itself has begun
  EXPECT_FALSE(at::equal(after.at("student.fc.weight"), everything(*job).at("student.fc.weight")));
}

TEST(StagedJob, FrozenPartsDoNotLearn) {
  TinyDistillation tiny;
  tiny.options.student.frozen = {"layer1", "conv1"};
  auto job = tiny.job();
  const auto before = everything(*job);
  run_out(*job);
  const auto after = everything(*job);
  for (const auto& [name, tensor] : before) {
    if (!name.starts_with("student.layer1.") || name.find("running") != std::string::npos ||
        name.find("num_batches") != std::string::npos)
      continue;
    EXPECT_TRUE(at::equal(tensor, after.at(name))) << name;
  }
  EXPECT_FALSE(at::equal(before.at("student.layer2.0.conv1.weight"), after.at("student.layer2.0.conv1.weight")));
}

TEST(StagedJob, WhereNothingLearnsIsRefused) {
  TinyDistillation tiny;
  tiny.options.student.frozen = {"conv1", "bn1", "layer1", "layer2", "layer3", "fc"};
  EXPECT_NE(tests::user_error_of([&] { tiny.job(); }).find("nothing learns"), std::string::npos);
}

TEST(StagedJob, TwoHalfBatchesMakeTheStepOfAWholeOne) {
  std::map<std::string, at::Tensor> after[2];
  for (const int halves : {1, 2}) {
    TinyDistillation tiny;
    tiny.options.data.batch_size = 12 / halves;
    tiny.options.data.transforms = {"normalise(cifar10)"};
    tiny.options.train.accumulate = halves;
    auto job = tiny.job();
    EXPECT_EQ(job->plan().total_steps(), 6);
    LastValues recorder;
    job->step(recorder);
    after[halves - 1] = everything(*job);
  }
  // Batch norm sees halves: the bias of the classifier, behind it, still moves nearly alike.
  EXPECT_TRUE(at::allclose(after[0].at("student.fc.bias"), after[1].at("student.fc.bias"), 0.2, 2e-3));
}

TEST(StagedJob, AnAccumulatingJobResumesToTheBit) {
  TinyDistillation tiny;
  tiny.options.train.accumulate = 3;  // 4 batches an epoch: steps of 3 and of 1
  EXPECT_EQ(tiny.job()->plan().total_steps(), 6);
  expect_the_same_when_resumed(tiny, 3);
}

TEST(StagedJob, MixedSamplesTrainAndResume) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.loss.kd.weight = 1;
  tiny.options.data.mixing = {.mixup_alpha = 0.5, .cutmix_alpha = 1};
  expect_the_same_when_resumed(tiny, 5);
  TinyDistillation plain;
  plain.give_teacher();
  plain.options.loss.kd.weight = 1;
  auto mixed = tiny.job(), unmixed = plain.job();
  LastValues recorder;
  mixed->step(recorder);
  unmixed->step(recorder);
  EXPECT_FALSE(at::equal(everything(*mixed).at("student.fc.bias"), everything(*unmixed).at("student.fc.bias")));
}

TEST(StagedJob, TermsThatWantOneLabelRefuseMixing) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.loss.dkd.weight = 1;
  tiny.options.data.mixing.mixup_alpha = 1;
  EXPECT_NE(tests::user_error_of([&] { tiny.job(); }).find("the term 'dkd'"), std::string::npos);
}

TEST(StagedJob, Bfloat16StaysNearFloat32) {
  std::map<std::string, at::Tensor> after[2];
  for (const auto precision : {train::Precision::float32, train::Precision::bfloat16}) {
    TinyDistillation tiny;
    tiny.give_teacher();
    tiny.options.loss.kd.weight = 1;
    tiny.options.loss.sp.weight = 1;
    tiny.options.train.precision = precision;
    auto job = tiny.job();
    LastValues recorder;
    job->step(recorder);
    after[int(precision)] = everything(*job);
  }
  const auto& exact = after[0].at("student.fc.weight");
  const auto& rounded = after[1].at("student.fc.weight");
  EXPECT_EQ(rounded.scalar_type(), at::kFloat);
  EXPECT_FALSE(at::equal(exact, rounded));
  EXPECT_LT((exact - rounded).abs().max().item<double>(), 0.02);
}

TEST(StagedJob, TheMonitorTellsWhatItIsAsked) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.loss.kd.weight = 1;
  tiny.options.train.log_every = 1;
  tiny.options.train.monitor = {.gradient_norm = true, .update_ratio = true, .accuracy = true, .agreement = true};
  auto job = tiny.job();
  LastValues recorder;
  job->step(recorder);
  EXPECT_GT(recorder.values.at("monitor/gradient_norm"), 0);
  EXPECT_GT(recorder.values.at("monitor/update_ratio"), 0);
  EXPECT_LT(recorder.values.at("monitor/update_ratio"), 1);
  for (const char* share : {"monitor/accuracy", "monitor/agreement"}) {
    EXPECT_GE(recorder.values.at(share), 0);
    EXPECT_LE(recorder.values.at(share), 1);
  }
  EXPECT_EQ(recorder.values.count("monitor/student_entropy"), 0U);
}

TEST(StagedJob, TheAverageIsWhatComesOut) {
  TinyDistillation tiny;
  tiny.options.train.average = {.decay = 0.9, .warm_up = false};
  expect_the_same_when_resumed(tiny, 5);
  TinyDistillation plain;
  auto averaged = tiny.job(), last = plain.job();
  run_out(*averaged);
  run_out(*last);
  LastValues recorder;
  averaged->finish(tiny.folder.path(), recorder);
  last->finish(plain.folder.path(), recorder);
  const auto got = nn::load_weights(tiny.folder / "weights.safetensors"),
             other = nn::load_weights(plain.folder / "weights.safetensors");
  EXPECT_TRUE(at::equal(everything(*averaged).at("student.fc.weight"), other.parameters.at("fc.weight")));
  EXPECT_FALSE(at::equal(got.parameters.at("fc.weight"), other.parameters.at("fc.weight")));
}

TEST(StagedJob, FlatMinimaAreLookedForWithoutTouchingStatisticsTwice) {
  TinyDistillation tiny, plain;
  for (auto* one : {&tiny, &plain}) one->give_teacher();
  for (auto* one : {&tiny, &plain}) one->options.loss.kd.weight = 1;
  tiny.options.train.sharpness.kind = train::SharpnessKind::sam;
  expect_the_same_when_resumed(tiny, 5);
  auto sharp = tiny.job(), usual = plain.job();
  LastValues recorder;
  sharp->step(recorder);
  usual->step(recorder);
  const auto got = everything(*sharp), want = everything(*usual);
  EXPECT_TRUE(at::equal(got.at("student.bn1.running_mean"), want.at("student.bn1.running_mean")));
  EXPECT_FALSE(at::equal(got.at("student.fc.weight"), want.at("student.fc.weight")));
}

TEST(StagedJob, TheSecondLookLeavesStatisticsOfTheLossAlone) {
  TinyDistillation tiny, plain;
  for (auto* one : {&tiny, &plain}) one->give_teacher();
  for (auto* one : {&tiny, &plain}) one->options.loss.fitnets.weight = 1;
  tiny.options.train.sharpness.kind = train::SharpnessKind::sam;
  auto sharp = tiny.job(), usual = plain.job();
  LastValues recorder;
  sharp->step(recorder);
  usual->step(recorder);
  const auto got = everything(*sharp), want = everything(*usual);
  int64_t means = 0;
  for (const auto& [name, tensor] : want) {
    if (!name.starts_with("loss.") || !name.ends_with("running_mean")) continue;
    ++means;
    EXPECT_TRUE(at::equal(got.at(name), tensor)) << name;
  }
  EXPECT_GT(means, 0);
}

TEST(StagedJob, SeveralTeachersTeachTogether) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.loss.kd.weight = 1;
  TeacherNetworkOptions second;
  second.network = "resnet8";
  second.weights = tiny.fresh_weights("resnet8", 4);
  tiny.options.teacher.also.emplace_back("second", second);
  tiny.options.teacher.mode = TeacherMode::train;
  expect_the_same_when_resumed(tiny, 5);
}

/// Whether a tensor of that name beginning differs.
bool differs_below(const std::string& beginning, const std::map<std::string, at::Tensor>& one,
                   const std::map<std::string, at::Tensor>& other) {
  bool found = false, differs = false;
  for (const auto& [name, tensor] : one) {
    if (!name.starts_with(beginning)) continue;
    found = true;
    differs = differs || !at::equal(tensor, other.at(name));
  }
  EXPECT_TRUE(found) << beginning;
  return differs;
}

TEST(StagedJob, FactorTransferReadsTheParaphraserOfItsFirstStage) {
  TinyDistillation tiny;
  tiny.give_teacher();
  StageOptions stage;
  stage.loss.ft_paraphraser.weight = 1;
  stage.optimiser.learning_rate = 0.01;
  stage.train_student = false;
  tiny.options.before.emplace_back("paraphraser", stage);
  tiny.options.loss.ft.weight = 1;
  tiny.options.train.log_every = 1;
  auto job = tiny.job();
  const auto fresh = everything(*job);
  LastValues recorder;
  for (int i = 0; i < 4; ++i) job->step(recorder);
  const auto paraphrased = everything(*job);
  EXPECT_TRUE(differs_below("loss.ft.paraphraser.", fresh, paraphrased));
  EXPECT_FALSE(differs_below("loss.ft.translator.", fresh, paraphrased));
  EXPECT_FALSE(differs_below("student.", fresh, paraphrased));
  // The same place in the second stage with another paraphraser.
  run::StateWriter state;
  job->save(state);
  auto tensors = everything(*job);
  for (auto& [name, tensor] : tensors)
    if (name.starts_with("loss.ft.paraphraser.")) tensor = fresh.at(name);
  auto other = tiny.job();
  other->load(run::StateReader("test", tensors, state.texts()));
  LastValues of_other;
  job->step(recorder);
  other->step(of_other);
  EXPECT_NE(recorder.values.at("train/ft"), of_other.values.at("train/ft"));
  EXPECT_EQ(recorder.values.at("train/ce"), of_other.values.at("train/ce"));
  run_out(*job);
  const auto done = everything(*job);
  EXPECT_FALSE(differs_below("loss.ft.paraphraser.", paraphrased, done)) << "it is read, not trained";
  EXPECT_TRUE(differs_below("loss.ft.translator.", paraphrased, done));
  EXPECT_TRUE(differs_below("student.layer1.", paraphrased, done));
}

}  // namespace
}  // namespace retort::model
