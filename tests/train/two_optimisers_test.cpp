// A job with two optimisers, five steps of one to each step of the other, as adversaries are trained: parameters,
// moments and the place in the turn all have to come back.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "run/state.h"
#include "support/resumed_job.h"
#include "train/optimiser.h"

namespace retort::train {
namespace {

at::Tensor drawn_matrix(const RandomTree& stream, int64_t rows, int64_t columns) {
  auto draws = stream.generator();
  auto values = at::empty({rows, columns}, at::kFloat);
  float* value = values.data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i) value[i] = static_cast<float>(draws.normal());
  return values;
}

/// One of the two sides: weights, their buffer and the optimiser that moves them.
struct Side {
  nn::Weights weights;
  ParameterBuffer buffer;
  std::unique_ptr<Optimiser> optimiser;

  Side(const std::string& name, std::map<std::string, at::Tensor> parameters, const OptimiserOptions& options) {
    weights.parameters = std::move(parameters);
    buffer.take(name, weights);
    buffer.seal();
    optimiser = make_optimiser(options, buffer);
  }
  const at::Tensor& parameter(const char* name) const { return weights.parameters.at(name); }

  void save(run::StateWriter& writer, const std::string& prefix) const {
    run::StateWriter part;
    optimiser->save(part);
    part.tensor("values", buffer.values());
    writer.add(prefix, part);
  }
  void load(const run::StateReader& reader, const std::string& prefix) {
    const auto part = reader.part(prefix);
    optimiser->load(part);
    auto values = buffer.values();
    part.copy_into("values", values);
  }
};

/// A linear critic tells drawn points from those of a generator that shifts them.
class AdversariesJob : public run::Job {
 public:
  explicit AdversariesJob(const RandomTree& random)
      : random_(random),
        critic_("critic", {{"weight", drawn_matrix(random.child("critic"), 3, 4)}, {"top", at::ones({4}, at::kFloat)}},
                {.kind = OptimiserKind::adam, .learning_rate = 0.02, .weight_decay = 0}),
        generator_("generator", {{"shift", at::zeros({3}, at::kFloat)}},
                   {.kind = OptimiserKind::sgd, .learning_rate = 0.05, .weight_decay = 0, .momentum = 0.9}) {}

  run::Plan plan() override { return {.phases = {{"train", steps}}, .memory_bytes = 1000, .notes = {}}; }
  std::string resolved_recipe() override { return "distil: generator\nmethod: toy\n"; }
  int64_t steps_done() const override { return done_; }
  bool step(run::Recorder& recorder) override {
    if (done_ == steps) return false;
    const bool generators_turn = done_ % (critic_steps + 1) == critic_steps;
    const auto stream = random_.child("batch").child(uint64_t(done_));
    const auto real = drawn_matrix(stream.child("real"), 8, 3) + 1.0;
    const auto made = drawn_matrix(stream.child("made"), 8, 3) + generator_.parameter("shift");
    auto& side = generators_turn ? generator_ : critic_;
    critic_.buffer.zero_gradients();
    generator_.buffer.zero_gradients();
    const auto gap = score(made).mean() - score(real).mean();
    const auto loss = generators_turn ? -score(made).mean() : gap;
    loss.backward();
    side.optimiser->step(generators_turn ? 0.05 : 0.02);
    ++done_;
    recorder.scalar(generators_turn ? "train/generator" : "train/critic", loss.item<double>());
    return true;
  }
  void save(run::StateWriter& writer) const override {
    writer.integer("done", done_);
    critic_.save(writer, "critic.");
    generator_.save(writer, "generator.");
  }
  void load(const run::StateReader& reader) override {
    done_ = reader.integer("done");
    critic_.load(reader, "critic.");
    generator_.load(reader, "generator.");
  }
  run::Products finish(const std::filesystem::path& folder, run::Recorder&) override {
    io::save_safetensors(folder / "weights.safetensors",
                         {{"critic", critic_.buffer.values()}, {"generator", generator_.buffer.values()}});
    EXPECT_GT(generator_.buffer.values().abs().max().item<double>(), 0);
    return {{.name = "weights", .kind = "weights", .path = "weights.safetensors"}};
  }

 private:
  at::Tensor score(const at::Tensor& points) const {
    return at::tanh(points.matmul(critic_.parameter("weight"))).matmul(critic_.parameter("top"));
  }

  static constexpr int64_t steps = 45, critic_steps = 5;
  RandomTree random_;
  int64_t done_ = 0;
  Side critic_, generator_;
};

TEST(TwoOptimisers, FiveToOneResumeToTheBit) {
  // In the middle of the critic's turn, before and behind the generator's.
  tests::expect_resumes_to_the_bit([](const RandomTree& random) { return std::make_unique<AdversariesJob>(random); },
                                   {3, 5, 6, 29, 44});
}

}  // namespace
}  // namespace retort::train
