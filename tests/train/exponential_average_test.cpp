#include "train/exponential_average.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "run/state.h"
#include "support/user_error.h"

namespace retort::train {
namespace {

/// A student between other sets of a buffer.
struct Averaged {
  nn::Weights before, student, modules;
  ParameterBuffer buffer;

  explicit Averaged(int64_t width = 2) {
    before.parameters = {{"w", at::full({3}, 9.0F)}};
    student.parameters = {{"a", at::ones({width, 2})}, {"b", at::zeros({3})}};
    student.buffers = {{"n.running_mean", at::zeros({2})}, {"n.num_batches_tracked", at::zeros({}, at::kLong)}};
    modules.parameters = {{"w", at::full({4}, 9.0F)}};
    buffer.take("start", before);
    buffer.take("student", student);
    buffer.take("loss", modules);
    buffer.seal();
  }
  ExponentialAverage average(double decay, bool warm_up) {
    return {{.decay = decay, .warm_up = warm_up}, buffer, "student", student};
  }
  void set(float value) {
    buffer.values().fill_(value);
    student.buffers.at("n.running_mean").fill_(value);
    student.buffers.at("n.num_batches_tracked").fill_(static_cast<int64_t>(value));
  }
};

double first_of(const ExponentialAverage& average, const std::string& name) {
  return average.weights().find(name).flatten()[0].item<double>();
}

TEST(ExponentialAverage, FollowsValuesAndBuffersAndCopiesCounters) {
  Averaged job;
  auto average = job.average(0.75, false);
  EXPECT_EQ(first_of(average, "a"), 1);
  job.set(5);
  EXPECT_EQ(first_of(average, "a"), 1);  // a copy, until it is told
  average.update();
  EXPECT_NEAR(first_of(average, "a"), 0.75 * 1 + 0.25 * 5, 1e-6);
  EXPECT_NEAR(first_of(average, "b"), 0.25 * 5, 1e-6);
  EXPECT_NEAR(first_of(average, "n.running_mean"), 0.25 * 5, 1e-6);
  EXPECT_EQ(first_of(average, "n.num_batches_tracked"), 5);
  job.set(9);
  average.update();
  EXPECT_NEAR(first_of(average, "b"), 0.75 * 1.25 + 0.25 * 9, 1e-6);
  EXPECT_EQ(average.weights().find("a").sizes(), (std::vector<int64_t>{2, 2}));
  EXPECT_TRUE(at::equal(job.buffer.values(), at::full({14}, 9.0F)));
}

TEST(ExponentialAverage, WarmUpKeepsLittleAtFirst) {
  Averaged job;
  auto average = job.average(0.999, true);
  job.set(11);
  average.update();
  EXPECT_NEAR(first_of(average, "a"), 1 * 2.0 / 11 + 11 * 9.0 / 11, 1e-5);
  auto at_once = job.average(0.1, true);  // below the warm-up's share: decay holds
  job.set(1);
  at_once.update();
  EXPECT_NEAR(first_of(at_once, "a"), 0.1 * 11 + 0.9 * 1, 1e-5);
}

TEST(ExponentialAverage, AResumedOneGoesOnToTheBit) {
  Averaged job;
  auto whole = job.average(0.9, true), resumed = job.average(0.9, true);
  job.set(2);
  whole.update();
  run::StateWriter state;
  whole.save(state);
  resumed.load(run::StateReader("test", state.tensors(), state.texts()));
  job.set(7);
  whole.update();
  resumed.update();
  for (const auto& name : whole.weights().names())
    EXPECT_TRUE(at::equal(whole.weights().find(name), resumed.weights().find(name))) << name;
}

TEST(ExponentialAverage, OthersStateAndUnknownSetsAreRefused) {
  Averaged job, wider(5);
  run::StateWriter state;
  wider.average(0.9, true).save(state);
  auto average = job.average(0.9, true);
  const auto message =
      tests::user_error_of([&] { average.load(run::StateReader("ckpt", state.tensors(), state.texts())); });
  EXPECT_NE(message.find("ckpt: average.values has 13 values, this job has 7"), std::string::npos) << message;
  EXPECT_THROW(ExponentialAverage({}, job.buffer, "stud", job.student), Fault);
}

}  // namespace
}  // namespace retort::train
