// A training whose teacher spoke beforehand: the second epoch is the first one again, and nobody is asked.
#include <gtest/gtest.h>

#include <algorithm>

#include "distil/model/engine/soft_label_maker.h"
#include "distil/model/engine/tiny_distillation.h"

namespace retort::model {
namespace {

/// Two epochs without augmentation, of one picture a step and a student that stays as it is: what a step loses then
/// depends on its picture alone.
struct StillLesson : TinyDistillation {
  StillLesson() {
    options.data.transforms = {"normalise(cifar10)"};
    options.data.batch_size = 1;
    options.loss.kd.weight = 1;
    options.train.epochs = 2;
    options.train.optimiser.learning_rate = 0;
    options.train.log_every = 1;
    options.train.evaluate_every = 0;
    give_teacher();
  }

  /// Keeps what the teacher says, and takes its weights away.
  void store_and_forget() {
    SoftLabelRequest request;
    request.data = options.data;
    request.network = options.teacher.network;
    request.weights = options.teacher.weights;
    request.top_k = 0;
    request.format = data::SoftLabelFormat::fp32;
    const auto file = folder / "said.soft";
    SoftLabelMaker maker(registries, request, file, true);
    while (maker.step()) {
    }
    maker.commit();
    std::filesystem::remove(options.teacher.weights);
    options.teacher = {};
    options.teacher.cache = file.string();
  }

  /// The divergence from the teacher, step by step.
  std::vector<double> losses() {
    auto one = job();
    LastValues recorder;
    std::vector<double> values;
    while (one->step(recorder)) values.push_back(recorder.values.at("train/kd"));
    return values;
  }
};

TEST(CachedJob, TheSecondEpochLosesTheSameToTheBitAndAsksNobody) {
  StillLesson lesson;
  const auto live = lesson.losses();
  lesson.store_and_forget();
  const auto cached = lesson.losses();
  ASSERT_EQ(cached.size(), 48U);
  ASSERT_EQ(live.size(), cached.size());
  for (size_t i = 0; i < live.size(); ++i) EXPECT_NEAR(cached[i], live[i], 1e-3 * (1 + live[i])) << i;
  std::vector<double> first(cached.begin(), cached.begin() + 24), second(cached.begin() + 24, cached.end());
  EXPECT_NE(first, second) << "the order of the samples is fresh";
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  EXPECT_EQ(first, second);
  EXPECT_NE(first.front(), first.back());
}

}  // namespace
}  // namespace retort::model
