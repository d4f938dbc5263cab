// Options that many terms of a loss have. Internal to the engine.
#pragma once

#include "core/options.h"

namespace retort::model {

inline constexpr const char* weight_help = "factor of the term; 0: not computed";
inline constexpr double least_temperature = 1e-3;

inline void temperature_field(OptionVisitor& v, double& temperature) {
  v("temperature", temperature, "softens both distributions", {.min = least_temperature});
}

inline void weight_field(OptionVisitor& v, double& weight) { v("weight", weight, weight_help, {.min = 0}); }

inline void warm_up_field(OptionVisitor& v, double& epochs) {
  v("warm_up_epochs", epochs, "the factor grows to its full size over so many epochs; 0: full at once", {.min = 0});
}

}  // namespace retort::model
