// A small job with everything that a real one has: random draws, tensors that grow, curves, pictures, products.
#pragma once

#include <ATen/ATen.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include <cmath>
#include <functional>

#include "core/context.h"
#include "core/log.h"
#include "io/image.h"
#include "io/tensor/tensor_io.h"
#include "run/job.h"
#include "run/runner.h"
#include "run/state.h"

namespace retort::tests {

struct ToyJobOptions {
  int64_t steps = 60;
  useconds_t microseconds_a_step = 0;
  std::function<void(int64_t step)> before_step = {};  ///< for faults and stop requests
  int64_t nan_at = -1;
};

class ToyJob : public run::Job {
 public:
  ToyJob(ToyJobOptions options, RandomTree random)
      : options_(std::move(options)), random_(random), values_(at::zeros({4}, at::kFloat)) {}

  run::Plan plan() override {
    return {.phases = {{"warm", options_.steps / 3}, {"train", options_.steps - options_.steps / 3}},
            .memory_bytes = 1'000'000,
            .notes = {"a toy"}};
  }
  std::string resolved_recipe() override { return "distil: field\nmethod: toy\n"; }
  int64_t steps_done() const override { return done_; }

  bool step(run::Recorder& recorder) override {
    if (done_ == options_.steps) return false;
    if (options_.before_step) options_.before_step(done_ + 1);
    if (options_.microseconds_a_step > 0) usleep(options_.microseconds_a_step);
    ++done_;
    auto draws = random_.child("step").child(static_cast<uint64_t>(done_)).generator();
    float* value = values_.data_ptr<float>();
    for (int64_t index = 0; index < values_.numel(); ++index) {
      value[index] += 0.1f * (static_cast<float>(draws.normal()) - value[index]);
    }
    mean_ = 0.9 * mean_ + 0.1 * value[0];
    if (done_ % 10 == 0) values_ = at::cat({values_, at::zeros({1}, at::kFloat)});
    recorder.scalar("train/loss", done_ == options_.nan_at ? NAN : std::exp(-0.05 * double(done_)) + 0.01 * mean_);
    if (done_ % 20 == 1) recorder.image("train/view", picture());
    if (done_ % 5 == 0) recorder.status("mean so far");
    return true;
  }
  void save(run::StateWriter& writer) const override {
    writer.integer("done", done_);
    writer.number("mean", mean_);
    writer.tensor("values", values_);
  }
  void load(const run::StateReader& reader) override {
    done_ = reader.integer("done");
    mean_ = reader.number("mean");
    values_ = reader.tensor("values");
  }
  run::Products finish(const std::filesystem::path& folder, run::Recorder& recorder) override {
    recorder.scalar("eval/psnr", 20 + mean_);
    recorder.image("eval/view", picture());
    io::save_safetensors(folder / "weights.safetensors", {{"values", values_}}, {{"mean", std::to_string(mean_)}});
    return {{.name = "values", .kind = "weights", .path = "weights.safetensors"},
            {.name = "views", .kind = "images", .path = "pictures"}};
  }

 private:
  io::Image picture() const {
    auto image = io::make_image(24, 16, 3);
    for (size_t index = 0; index < image.pixels.size(); ++index)
      image.pixels[index] = uint8_t(index * 7 + size_t(done_) * 5);
    return image;
  }

  ToyJobOptions options_;
  RandomTree random_;
  int64_t done_ = 0;
  double mean_ = 0;
  at::Tensor values_;
};

/// A context of one thread, quiet, with its own stop flag.
struct ToyWorld {
  StopFlag stop;
  ThreadPool pool{1};
  std::shared_ptr<spdlog::logger> log = make_logger(LogLevel::quiet);
  Context context{.pool = pool, .random = RandomTree(7), .log = *log, .stop = stop};
};

inline run::RunOptions quiet_run() {
  run::RunOptions options;
  options.checkpoint_every_steps = 7;
  options.progress.style = run::ProgressStyle::silent;
  options.report = false;
  return options;
}

inline run::RunDescription toy_description() {
  return {.family = "field",
          .method = "toy",
          .version = "0.1.0",
          .instruction_set = "scalar",
          .threads = 1,
          .seed = 7,
          .command = "retort run toy.yaml",
          .recipe = "distil: field\nmethod: toy\n"};
}

inline run::RunFolder toy_folder(const std::filesystem::path& path) {
  return run::RunFolder::create({.runs_root = {}, .output = path}, toy_description());
}

}  // namespace retort::tests
