// Networks of random weights, small enough for the fast tests.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>

#include "io/tensor/tensor_io.h"
#include "nn/deeplab_v3.h"
#include "nn/mobilenet_v2.h"

namespace retort::tests {

/// DeepLabV3 of width 1/8 with 8 features and 4 classes.
inline void write_tiny_deeplab(const std::filesystem::path& file, uint64_t seed) {
  nn::DeepLabV3Options options;
  options.backbone.width = 0.125;
  options.head_channels = 8;
  options.classes = 4;
  nn::InitialisingSource source{RandomTree(seed)};
  nn::deeplab_v3(nn::Scope(source), at::zeros({1, 3, 33, 33}), options);
  io::save_safetensors(file, source.take().parameters);
}

/// MobileNetV2 of width 1/4 with 5 classes.
inline void write_tiny_mobilenet(const std::filesystem::path& file, uint64_t seed) {
  nn::InitialisingSource source{RandomTree(seed)};
  nn::mobilenet_v2(nn::Scope(source), at::zeros({1, 3, 33, 33}), {.width = 0.25, .classes = 5});
  io::save_safetensors(file, source.take().parameters);
}

}  // namespace retort::tests
