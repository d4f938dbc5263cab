// Stages that learn from a pool without labels beside the training set.
#include <gtest/gtest.h>

#include "distil/model/engine/tiny_distillation.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

/// The test pictures as a pool, for a stage before the training itself.
struct PooledLesson : TinyDistillation {
  PooledLesson() {
    give_teacher();
    options.data.pool.set = "image_folder/test";
    options.data.pool.path = options.data.path;
    options.loss.ce.weight = 0;
    options.loss.ssld.weight = 1;
    options.train.epochs = 2;
    StageOptions distil;
    distil.loss.ssld.weight = 1;
    distil.optimiser = options.train.optimiser;
    distil.pool = true;
    options.before.emplace_back("distil", distil);
  }
};

TEST(PooledJob, HasTheStepsOfBothSetsInTheStageThatAsks) {
  PooledLesson lesson;
  const auto phases = lesson.job()->plan().phases;
  ASSERT_EQ(phases.size(), 2U);
  EXPECT_EQ(phases[0].steps, 8);      // 24 + 24 pictures in batches of 6
  EXPECT_EQ(phases[1].steps, 2 * 4);  // 24
}

TEST(PooledJob, ResumesInAndBehindTheStage) {
  PooledLesson lesson;
  expect_the_same_when_resumed(lesson, 5);
  expect_the_same_when_resumed(lesson, 11);
}

TEST(PooledJob, RefusesTermsThatReadLabelsThere) {
  PooledLesson lesson;
  lesson.options.before[0].second.loss.ce.weight = 1;
  EXPECT_NE(tests::user_error_of([&] { lesson.job(); }).find("the term 'ce' reads"), std::string::npos);
  lesson.options.before[0].second.pool = false;
  lesson.job();
  lesson.options.before[0].second.loss.ce.weight = 0;
  lesson.options.loss.dkd.weight = 1;
  lesson.job();
  lesson.options.train.pool = true;
  EXPECT_NE(tests::user_error_of([&] { lesson.job(); }).find("the term 'dkd' reads"), std::string::npos);
}

TEST(PooledJob, WithoutAPoolLearnsFromTheTrainingSet) {
  PooledLesson lesson;
  lesson.options.data.pool = {};
  EXPECT_EQ(lesson.job()->plan().phases[0].steps, 4);
}

}  // namespace
}  // namespace retort::model
