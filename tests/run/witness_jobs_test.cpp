// Jobs unlike a training loop that run and resume all the same: what the runner promises must not hang on gradients or
// on shapes that stay.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/resumed_job.h"

namespace retort::run {
namespace {

at::Tensor drawn_normal(const RandomTree& stream, std::vector<int64_t> shape) {
  auto draws = stream.generator();
  auto values = at::empty(shape, at::kFloat);
  float* value = values.data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) value[i] = static_cast<float>(draws.normal());
  return values;
}

// Chooses the samples whose mean comes nearest to the mean of all, one a step: no gradient, no parameter, whole numbers
// as state.
class HerdingJob : public Job {
 public:
  explicit HerdingJob(const RandomTree& random)
      : samples_(drawn_normal(random.child("samples"), {40, 5})),
        sum_(at::zeros({5}, at::kFloat)),
        chosen_(at::empty({0}, at::kLong)) {}

  Plan plan() override { return {.phases = {{"choose", wanted}}, .memory_bytes = 1000, .notes = {}}; }
  std::string resolved_recipe() override { return "distil: dataset\nmethod: toy\n"; }
  int64_t steps_done() const override { return chosen_.numel(); }
  bool step(Recorder& recorder) override {
    const int64_t done = steps_done();
    if (done == wanted) return false;
    auto distance = (samples_.mean(0) - (samples_ + sum_) / double(done + 1)).square().sum(1);
    if (done > 0) distance.index_fill_(0, chosen_, std::numeric_limits<float>::infinity());
    const auto best = distance.argmin().unsqueeze(0);
    sum_ = sum_ + samples_.index_select(0, best)[0];
    chosen_ = at::cat({chosen_, best});
    recorder.scalar("choose/distance", distance.min().item<double>());
    return true;
  }
  void save(StateWriter& writer) const override {
    writer.tensor("chosen", chosen_);
    writer.tensor("sum", sum_);
  }
  void load(const StateReader& reader) override {
    chosen_ = reader.tensor("chosen").clone();
    sum_ = reader.tensor("sum").clone();
  }
  Products finish(const std::filesystem::path& folder, Recorder&) override {
    io::save_safetensors(folder / "chosen.safetensors", {{"chosen", chosen_}});
    return {{.name = "chosen", .kind = "pairs", .path = "chosen.safetensors"}};
  }

 private:
  static constexpr int64_t wanted = 20;
  at::Tensor samples_, sum_, chosen_;
};

// Points that gradients pull to drawn targets, of which some split and some go: parameter and momentum change shape.
class GrowingJob : public Job {
 public:
  explicit GrowingJob(const RandomTree& random)
      : random_(random), points_(drawn_normal(random.child("points"), {4, 3})), momentum_(at::zeros_like(points_)) {}

  Plan plan() override { return {.phases = {{"pull", steps}}, .memory_bytes = 1000, .notes = {}}; }
  std::string resolved_recipe() override { return "distil: field\nmethod: toy\n"; }
  int64_t steps_done() const override { return done_; }
  bool step(Recorder& recorder) override {
    if (done_ == steps) return false;
    ++done_;
    auto leaf = points_.detach().clone().set_requires_grad(true);
    const auto targets = drawn_normal(random_.child("targets").child(uint64_t(done_)), {16, 3});
    const auto loss = (targets.unsqueeze(1) - leaf.unsqueeze(0)).square().sum(2).amin(1).mean();
    loss.backward();
    const at::NoGradGuard no_grad;
    momentum_ = 0.9 * momentum_ + leaf.grad();
    points_ = points_ - 0.05 * momentum_;
    if (done_ % 6 == 0) split();
    if (done_ % 15 == 0) prune();
    recorder.scalar("train/loss", loss.item<double>());
    return true;
  }
  void save(StateWriter& writer) const override {
    writer.integer("done", done_);
    writer.tensor("points", points_);
    writer.tensor("momentum", momentum_);
  }
  void load(const StateReader& reader) override {
    done_ = reader.integer("done");
    points_ = reader.tensor("points").clone();
    momentum_ = reader.tensor("momentum").clone();
  }
  Products finish(const std::filesystem::path& folder, Recorder&) override {
    EXPECT_EQ(points_.size(0), 4 + 10 - 4 * 2);
    io::save_safetensors(folder / "points.safetensors", {{"points", points_}});
    return {{.name = "points", .kind = "field", .path = "points.safetensors"}};
  }

 private:
  // The point that moves most becomes two.
  void split() {
    const auto which = momentum_.square().sum(1).argmax().unsqueeze(0);
    const auto offset = 0.1 * drawn_normal(random_.child("split").child(uint64_t(done_)), {1, 3});
    points_ = at::cat({points_, points_.index_select(0, which) + offset});
    momentum_ = at::cat({momentum_, at::zeros({1, 3}, at::kFloat)});
  }
  // The two that move least go.
  void prune() {
    const auto order = momentum_.square().sum(1).argsort();
    const auto kept = std::get<0>(order.slice(0, 2).sort());
    points_ = points_.index_select(0, kept);
    momentum_ = momentum_.index_select(0, kept);
  }

  static constexpr int64_t steps = 60;
  RandomTree random_;
  int64_t done_ = 0;
  at::Tensor points_, momentum_;
};

TEST(WitnessJobs, AJobWithoutGradientsResumesToTheBit) {
  tests::expect_resumes_to_the_bit([](const RandomTree& random) { return std::make_unique<HerdingJob>(random); },
                                   {1, 8, 19});
}

TEST(WitnessJobs, AJobWhoseParametersChangeShapeResumesToTheBit) {
  tests::expect_resumes_to_the_bit([](const RandomTree& random) { return std::make_unique<GrowingJob>(random); },
                                   {5, 6, 15, 44, 59});
}

}  // namespace
}  // namespace retort::run
