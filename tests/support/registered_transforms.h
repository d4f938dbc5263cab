// The transforms by name, without the rest of the program.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/registries.h"
#include "data/transforms/pipeline.h"

namespace retort {

void register_augmentation_policies(Registries& registries);
void register_colour_jitter(Registries& registries);
void register_crop(Registries& registries);
void register_normalise(Registries& registries);
void register_random_erasing(Registries& registries);
void register_random_resized_crop(Registries& registries);
void register_resize(Registries& registries);

namespace tests {

inline const Registry<TransformKind>& transform_kinds() {
  static const auto registries = [] {
    auto filled = std::make_unique<Registries>();
    register_augmentation_policies(*filled);
    register_colour_jitter(*filled);
    register_crop(*filled);
    register_normalise(*filled);
    register_random_erasing(*filled);
    register_random_resized_crop(*filled);
    register_resize(*filled);
    return filled;
  }();
  return registries->transforms;
}

inline data::Pipeline pipeline_of(const std::vector<std::string>& calls, const std::string& data_set = "") {
  return data::make_pipeline(transform_kinds(), calls, data_set);
}

}  // namespace tests
}  // namespace retort
