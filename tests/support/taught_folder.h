// A folder of small pictures of three classes and a teacher of fresh weights, for tests of what a teacher says.
#pragma once

#include <ATen/Parallel.h>

#include <filesystem>
#include <string>

#include "core/registries.h"
#include "data/data_options.h"
#include "io/image.h"
#include "io/tensor/tensor_io.h"
#include "nn/network.h"
#include "support/temporary_folder.h"

namespace retort {
void register_cifar_resnet(Registries&);
void register_classification_sets(Registries&);
void register_crop(Registries&);
void register_normalise(Registries&);
}  // namespace retort

namespace retort::tests {

struct TaughtFolder {
  TemporaryFolder folder;
  Registries registries;
  data::DataOptions data;
  std::string weights;  ///< of a resnet8

  TaughtFolder() {
    at::set_num_threads(1);
    register_cifar_resnet(registries);
    register_classification_sets(registries);
    register_crop(registries);
    register_normalise(registries);
    for (const char* split : {"train", "test"})
      for (const char* name : {"blue", "green", "red"}) write_pictures(folder / split / name, name[0]);
    data.train = "image_folder/train";
    data.path = folder.path().string();
    data.batch_size = 5;
    data.workers = 0;
    data.transforms = {"crop_pad_4", "flip", "normalise(cifar10)"};
    weights = save_teacher("teacher.safetensors", 9);
  }

  /// A file of fresh weights.
  std::string save_teacher(const std::string& name, uint64_t seed) const {
    const auto made = nn::create_weights(*registries.networks.get("resnet8").make(3), RandomTree(seed));
    auto tensors = made.parameters;
    tensors.insert(made.buffers.begin(), made.buffers.end());
    io::save_safetensors(folder / name, tensors);
    return (folder / name).string();
  }

 private:
  static void write_pictures(const std::filesystem::path& place, int shade) {
    std::filesystem::create_directories(place);
    for (int i = 0; i < 4; ++i) {
      io::Image image{.width = 32, .height = 32, .channels = 3, .pixels = {}};
      for (int p = 0; p < 32 * 32 * 3; ++p)
        image.pixels.push_back(static_cast<uint8_t>(shade + p * (i + 3) % 97 + p / 64));
      io::write_png(place / (std::to_string(i) + ".png"), image);
    }
  }
};

}  // namespace retort::tests
