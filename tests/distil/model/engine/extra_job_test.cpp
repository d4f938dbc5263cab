// Jobs with a second source of pictures beside a pool, and beside label maps.
#include <gtest/gtest.h>

#include "distil/model/engine/tiny_segmentation.h"
#include "support/user_error.h"

namespace retort::model {
namespace {

/// What comes to the student in a step: the pictures' mean, which its running statistics move by.
at::Tensor statistics_after_a_step(TinyDistillation& tiny) {
  const auto job = tiny.job();
  LastValues recorder;
  job->step(recorder);
  return job->student().buffers.at("bn1.running_mean").clone();
}

TEST(ExtraJob, StandsBesideAPoolInBothStages) {
  TinyDistillation tiny;
  tiny.give_teacher();
  tiny.options.data.train_samples = 6;
  tiny.options.data.pool.set = "image_folder/test";
  tiny.options.data.pool.path = tiny.options.data.path;
  tiny.options.loss.ce.weight = 0;
  tiny.options.loss.ssld.weight = 1;
  StageOptions distil;
  distil.loss.ssld.weight = 1;
  distil.optimiser = tiny.options.train.optimiser;
  distil.pool = true;
  tiny.options.before.emplace_back("distil", distil);
  const auto alone = statistics_after_a_step(tiny);
  tiny.options.extra.train = "image_folder/train";
  tiny.options.extra.rest = true;
  tiny.options.extra.batch_size = 4;
  // An epoch is one of both sets: the extra pictures add no step.
  const auto phases = tiny.job()->plan().phases;
  EXPECT_EQ(phases[0].steps, 5);  // 6 + 24 pictures in batches of 6
  EXPECT_FALSE(at::equal(statistics_after_a_step(tiny), alone));
  expect_the_same_when_resumed(tiny, 3);
  expect_the_same_when_resumed(tiny, 6);
}

TEST(ExtraJob, StandsBesideLabelMaps) {
  TinySegmentation tiny;
  tiny.give_dense_teacher();
  tiny.options.data.train_samples = 8;
  tiny.options.train.epochs = 2;
  tiny.options.loss.kd.weight = 1;
  tiny.options.loss.acam.weight = 1;
  const auto alone = statistics_after_a_step(tiny);
  tiny.options.extra.train = tiny.options.data.train;
  tiny.options.extra.rest = true;
  tiny.options.extra.samples = 3;
  tiny.options.extra.batch_size = 2;
  EXPECT_FALSE(at::equal(statistics_after_a_step(tiny), alone));
  expect_the_same_when_resumed(tiny, 3);
  tiny.options.extra.held_out = 1;
  EXPECT_NE(tests::user_error_of([&] { tiny.job(); }).find("extra.held_out"), std::string::npos);
}

}  // namespace
}  // namespace retort::model
