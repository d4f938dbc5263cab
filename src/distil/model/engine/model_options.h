// Everything a model-distillation run can be told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"
#include "data/data_options.h"
#include "distil/model/engine/loss_options.h"
#include "train/optimiser.h"
#include "train/rate_schedule.h"

namespace retort::model {

/// Batch norm and dropout of the teacher: as for prediction, or as in training.
enum class TeacherMode { eval, train };
inline std::vector<std::string> choices(TeacherMode) { return {"eval", "train"}; }

struct TeacherOptions {
  std::string network;  // empty: none
  std::string weights;
  TeacherMode mode = TeacherMode::eval;
};
void fields(OptionVisitor& v, TeacherOptions& o);

struct StudentOptions {
  std::string network = "resnet20";
  std::string weights;  // empty: fresh
};
void fields(OptionVisitor& v, StudentOptions& o);

struct TrainingOptions {
  int64_t epochs = 240;
  int64_t seed = 0;
  train::OptimiserOptions optimiser = {};
  train::RateScheduleOptions schedule = {};
  int64_t evaluate_every = 1;
  int64_t log_every = 10;
  bool channels_last = true;
};
void fields(OptionVisitor& v, TrainingOptions& o);

struct ModelOptions {
  data::DataOptions data = {};
  TeacherOptions teacher = {};
  StudentOptions student = {};
  LossOptions loss = {};
  TrainingOptions train = {};

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, ModelOptions& o);

}  // namespace retort::model
