// What a training does for some of its epochs: a loss, an optimiser, and what learns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "distil/model/engine/loss_terms.h"
#include "distil/model/engine/model_options.h"
#include "nn/network.h"
#include "train/parameter_buffer.h"

namespace retort::model {

struct Stage {
  std::string name;
  std::vector<LossTerm> terms = {};
  int64_t epochs = 0;
  int64_t first_step = 0, steps = 0;  ///< counted over the whole training
  train::OptimiserOptions optimiser = {};
  train::RateScheduleOptions schedule = {};
  bool train_student = true;
  std::vector<std::string> frozen = {};
  bool pool = false;  ///< learns from the pool as well
  int64_t steps_per_epoch = 0;
  bool is_last = false;  ///< the training itself, whose student is tested

  int64_t end() const { return first_step + steps; }
  /// Of a module's parameter, named below its scope ("ft.paraphraser.0.weight"): one of the terms trains it.
  bool trains_module(const std::string& name) const;
  /// Of a student's parameter.
  bool trains_student(const std::string& name) const;
};

struct StepsPerEpoch {
  int64_t training_set = 0, with_pool = 0;
};

/// Those of `before` that have epochs, then the training itself. UserError, led by the stage, for terms that do not fit
/// the networks, the mixing of samples or pictures without labels. `teacher` may be null.
std::vector<Stage> make_stages(const ModelOptions& options, const nn::Network& student, const nn::Network* teacher,
                               const StepsPerEpoch& steps_per_epoch);

/// The terms of all stages: what modules are made for.
std::vector<LossTerm> terms_of(const std::vector<Stage>& stages);

}  // namespace retort::model
