// Headers and logits of soft labels for tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/random.h"
#include "data/soft_labels/header.h"

namespace retort::tests {

inline data::SoftLabelHeader soft_label_header(int64_t classes, int64_t top_k, data::SoftLabelFormat format,
                                               int64_t feature_width = 0) {
  return {.data = {.name = "colours/train", .samples = 3, .checksum = "c0ffee"},
          .teacher = {.network = "resnet8", .weights = "teacher.safetensors", .checksum = "f00d"},
          .transforms = {"flip", "normalise(cifar10)"},
          .augmented = true,
          .seed = 7,
          .batch_size = 2,
          .channels_last = true,
          .classes = classes,
          .epochs = 2,
          .top_k = top_k,
          .format = format,
          .feature = feature_width > 0 ? "avgpool" : "",
          .feature_width = feature_width};
}

/// Normal ones, as a trained network's: a few classes far above the others.
inline std::vector<float> drawn_logits(int64_t classes, uint64_t seed) {
  RandomGenerator random(seed);
  std::vector<float> logits(static_cast<size_t>(classes));
  for (float& logit : logits) logit = static_cast<float>(3 * random.normal());
  return logits;
}

inline std::vector<double> softmax_of(const std::vector<float>& logits) {
  double largest = -INFINITY, sum = 0;
  for (const float logit : logits) largest = std::max(largest, static_cast<double>(logit));
  std::vector<double> shares;
  for (const float logit : logits) sum += shares.emplace_back(std::exp(logit - largest));
  for (double& share : shares) share /= sum;
  return shares;
}

}  // namespace retort::tests
