// Everything a model-distillation run can be told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"
#include "data/data_options.h"
#include "distil/model/engine/extra_data.h"
#include "distil/model/engine/label_surgery.h"
#include "distil/model/engine/loss_options.h"
#include "distil/model/engine/monitor.h"
#include "distil/model/engine/picture_selection.h"
#include "train/exponential_average.h"
#include "train/optimiser.h"
#include "train/precision.h"
#include "train/rate_schedule.h"
#include "train/sharpness.h"

namespace retort::model {

/// Batch norm and dropout of the teacher: as for prediction, or as in training.
enum class TeacherMode { eval, train };
inline std::vector<std::string> choices(TeacherMode) { return {"eval", "train"}; }

struct TeacherNetworkOptions {
  std::string network = {};  // empty: none
  std::string weights = {};
  TeacherMode mode = TeacherMode::eval;
  double share = 1;
  std::string cache = {};
};
void fields(OptionVisitor& v, TeacherNetworkOptions& o);

/// How several teachers become one.
enum class TeacherMix { logits, probabilities, best };
inline std::vector<std::string> choices(TeacherMix) { return {"logits", "probabilities", "best"}; }

struct TeacherOptions : TeacherNetworkOptions {
  Named<TeacherNetworkOptions> also = {};
  TeacherMix mix = TeacherMix::logits;
  LabelSurgeryOptions adapt = {};
  std::string torchscript = {};
  std::string prototypes = {};
  std::string similarities = {};

  bool given() const { return !network.empty() || !cache.empty() || !torchscript.empty() || !similarities.empty(); }
  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, TeacherOptions& o);

struct StudentOptions {
  std::string network = "resnet20";
  std::string weights = {};  // empty: fresh
  std::vector<std::string> frozen = {};
  std::string aspects = {};
  bool shuffle_aspects = false;
  bool fresh_classifier = false;

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, StudentOptions& o);

struct TrainingOptions {
  int64_t epochs = 240;
  int64_t seed = 0;
  train::OptimiserOptions optimiser = {};
  train::RateScheduleOptions schedule = {};
  int64_t accumulate = 1;
  train::ExponentialAverageOptions average = {};
  train::SharpnessOptions sharpness = {};
  train::Precision precision = train::Precision::float32;
  int64_t evaluate_every = 1;
  int64_t log_every = 10;
  MonitorOptions monitor = {};
  bool channels_last = true;
  bool foreign_pictures = false;
  PictureSelectionOptions selection = {};
  bool pool = false;
};
void fields(OptionVisitor& v, TrainingOptions& o);

/// What is learned before the training itself: a hint, an initialisation, a module of the loss.
struct StageOptions {
  LossOptions loss = {};
  int64_t epochs = 1;
  train::OptimiserOptions optimiser = {};
  train::RateScheduleOptions schedule = {};
  bool train_student = true;
  std::vector<std::string> frozen = {};
  bool pool = false;

  StageOptions() { loss.ce.weight = 0; }
  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, StageOptions& o);

struct ModelOptions {
  data::DataOptions data = {};
  ExtraDataOptions extra = {};
  TeacherOptions teacher = {};
  StudentOptions student = {};
  LossOptions loss = {};
  TrainingOptions train = {};
  Named<StageOptions> before = {};

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, ModelOptions& o);

}  // namespace retort::model
