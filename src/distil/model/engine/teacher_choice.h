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

/// Null when the recipe names none. UserError for unknown networks weights that are not the network's, and stored soft
/// labels of something else.
std::unique_ptr<Teacher> make_teacher(const Registries& registries, const ModelOptions& options,
                                      const data::Dataset& train_set, const std::vector<int64_t>& picture,
                                      const Context& context);

}  // namespace retort::model
