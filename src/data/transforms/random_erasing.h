// Random Erasing (Zhong et al., 2020) of floats.
#pragma once

#include "core/options.h"
#include "data/transforms/random_window.h"
#include "data/transforms/transform.h"

namespace retort::data {

enum class Erasure { zeros, noise };

inline std::vector<std::string> choices(Erasure) { return {"zeros", "noise"}; }

/// Defaults: Zhong et al., "Random Erasing Data Augmentation", 2020, section 4.1, but for the largest area: 40 % there,
/// 33 % in torchvision and timm, which are followed.
struct RandomErasingOptions {
  double probability = 0.5;
  WindowRange part = {0.02, 0.33, 0.3, 1 / 0.3};
  Erasure with = Erasure::zeros;
  void check(Problems& problems) const { part.check(problems); }
};

inline void fields(OptionVisitor& v, RandomErasingOptions& o) {
  v("probability", o.probability, "of erasing", {.min = 0, .max = 1});
  fields(v, o.part);
  v("with", o.with, "what comes in its place: zeros (the mean, after normalise) or noise (normal, of variance 1)");
}

}  // namespace retort::data
