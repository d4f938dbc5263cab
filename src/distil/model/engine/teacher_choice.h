// The teacher that a recipe names.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/context.h"
#include "core/registries.h"
#include "distil/model/engine/model_options.h"
#include "distil/model/engine/teacher.h"

namespace retort::model {

/// What a student of a recipe sees. Classes are those of `named`.
struct SetsOfPictures {
  const data::Dataset &named, &train;
  const data::Dataset* extra = nullptr;  ///< of the section `extra`, where there is one
};

/// Null when the recipe names none. UserError for unknown networks, weights that are not the network's, and stored soft
/// labels or similarities of something else.
std::unique_ptr<Teacher> make_teacher(const Registries& registries, const ModelOptions& options,
                                      const SetsOfPictures& sets, const std::vector<int64_t>& picture,
                                      const Context& context);

}  // namespace retort::model
