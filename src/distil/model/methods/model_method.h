// A method of model distillation: a name, its paper, and what it changes in the engine's defaults.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "distil/model/engine/model_options.h"

namespace retort {
struct Registries;
}

namespace retort::model {

struct ModelMethod {
  const char* name;
  const char* paper;
  const char* summary;
  std::function<void(ModelOptions&)> adapt;
  const char* equation = "";  ///< as Method::equation
  const char* sources = "";
};

/// Registers methods that are one DistillationJob each. `methods` must outlive the registries. `page`: as Method::page,
/// of all of them.
void add_model_methods(Registries& registries, const std::vector<ModelMethod>& methods, const char* page = "");

}  // namespace retort::model
