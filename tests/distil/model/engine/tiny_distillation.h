// A distillation that takes a second: three classes which a colour tells apart.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <spdlog/spdlog.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "distil/model/engine/distillation_job.h"
#include "io/image.h"
#include "io/tensor/tensor_io.h"
#include "run/state.h"
#include "support/temporary_folder.h"

namespace retort {
void register_cifar_resnet(Registries&);
void register_classification_sets(Registries&);
void register_crop(Registries&);
void register_normalise(Registries&);
}  // namespace retort

namespace retort::model {

/// Forgets everything but the last value of each curve.
class LastValues : public run::Recorder {
 public:
  void scalar(const std::string& name, double value) override { values[name] = value; }
  void timing(const std::string&, double) override {}
  void image(const std::string&, const io::Image&) override {}
  void status(const std::string&) override {}
  std::map<std::string, double> values;
};

/// Three classes that a colour tells apart: `count` pictures of each, for training and for tests.
inline void write_colours(const std::filesystem::path& folder, int count) {
  const std::array<const char*, 3> names = {"blue", "green", "red"};
  for (const char* split : {"train", "test"}) {
    for (int label = 0; label < 3; ++label) {
      const auto place = folder / split / names[label];
      std::filesystem::create_directories(place);
      for (int i = 0; i < count; ++i) {
        io::Image image{.width = 32, .height = 32, .channels = 3, .pixels = {}};
        for (int p = 0; p < 32 * 32; ++p)
          for (int c = 0; c < 3; ++c)
            image.pixels.push_back(static_cast<uint8_t>((c == 2 - label ? 150 : 60) + (p * 7 + i * 31 + c) % 60));
        io::write_png(place / (std::to_string(i) + ".png"), image);
      }
    }
  }
}

struct TinyDistillation {
  tests::TemporaryFolder folder;
  Registries registries;
  ThreadPool pool{1};
  StopFlag stop;
  Context context{pool, RandomTree(0), *spdlog::default_logger(), stop};
  ModelOptions options;

  TinyDistillation() {
    at::set_num_threads(1);
    register_cifar_resnet(registries);
    register_classification_sets(registries);
    register_crop(registries);
    register_normalise(registries);
    write_colours(folder.path(), 8);
    options.data.train = "image_folder/train";
    options.data.test = "image_folder/test";
    options.data.path = folder.path().string();
    options.data.batch_size = 6;
    options.data.workers = 0;
    options.data.transforms = {"flip", "normalise(cifar10)"};
    options.student.network = "resnet8";
    options.train.epochs = 3;
    options.train.schedule.milestones = {2};
  }

  /// A file of fresh weights.
  std::string fresh_weights(const std::string& network_name, uint64_t seed) {
    const auto network = registries.networks.get(network_name).make(3);
    const auto file = folder / (network_name + std::to_string(seed) + ".safetensors");
    io::save_safetensors(file, nn::named_tensors(nn::create_weights(*network, RandomTree(seed))));
    return file.string();
  }

  void give_teacher() {
    options.teacher.network = "resnet14";
    options.teacher.weights = fresh_weights("resnet14", 9);
  }

  std::unique_ptr<DistillationJob> job() { return std::make_unique<DistillationJob>(options, "", registries, context); }
};

/// Copies of all that a job keeps.
inline std::map<std::string, at::Tensor> everything(const DistillationJob& job) {
  run::StateWriter state;
  job.save(state);
  std::map<std::string, at::Tensor> copies;
  for (const auto& [name, tensor] : state.tensors()) copies[name] = tensor.clone();
  return copies;
}

/// Runs to the end.
inline void run_out(DistillationJob& job) {
  LastValues recorder;
  while (job.step(recorder)) {
  }
}

/// Another job of the same recipe, saved behind `steps` steps, loaded and run out, keeps the same bits as `whole`.
inline void expect_the_same_when_resumed(TinyDistillation& tiny, int64_t steps) {
  auto whole = tiny.job(), first = tiny.job(), second = tiny.job();
  run_out(*whole);
  LastValues recorder;
  for (int64_t i = 0; i < steps; ++i) first->step(recorder);
  run::StateWriter state;
  first->save(state);
  second->load(run::StateReader("test", state.tensors(), state.texts()));
  run_out(*second);
  const auto want = everything(*whole), got = everything(*second);
  ASSERT_EQ(want.size(), got.size());
  for (const auto& [name, tensor] : want) EXPECT_TRUE(at::equal(tensor, got.at(name))) << name;
}

}  // namespace retort::model
