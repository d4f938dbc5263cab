// Optimiser and scheduler of a stage.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "distil/model/torchdistill/stage_model.h"

namespace retort::torchdistill {

/// A section of a recipe: keys and YAML values (a number, a word, "[1, 2]"), in their order.
using Settings = std::vector<std::pair<std::string, std::string>>;

struct OptimiserWords {
  Settings settings = {};    ///< of `optimiser:`
  double learning_rate = 0;  ///< the one among them
  int64_t accumulate = 1;    ///< batches a step
};

/// Faults for optimisers and arguments without a counterpart. What torch leaves at its default is spelled out.
OptimiserWords read_optimiser(Section optimiser, const StageModel& student);

/// Of `schedule:`; an empty section is a constant rate.
Settings read_scheduler(Section scheduler, int64_t epochs, double learning_rate);

/// A number as recipes have it.
std::string number_text(double number);

}  // namespace retort::torchdistill
