// A student that learns from labels and a teacher, as a job.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/context.h"
#include "core/registries.h"
#include "data/loader.h"
#include "distil/model/engine/forward_pass.h"
#include "distil/model/engine/model_options.h"
#include "distil/model/engine/score.h"
#include "distil/model/engine/stage.h"
#include "distil/model/engine/teacher.h"
#include "distil/model/engine/teacher_survey.h"
#include "distil/model/engine/training_samples.h"
#include "nn/network.h"
#include "run/job.h"
#include "train/exponential_average.h"
#include "train/optimiser.h"
#include "train/parameter_buffer.h"

namespace retort::model {

/// A step is one move of the optimiser, over one batch or `train.accumulate` of them.
class DistillationJob : public run::Job {
 public:
  /// Opens the data, makes the student and loads the teacher: whatever is wrong with the input comes out here.
  DistillationJob(const ModelOptions& options, std::string resolved_recipe, const Registries& registries,
                  Context& context);

  run::Plan plan() override;
  std::string resolved_recipe() override { return resolved_recipe_; }
  int64_t steps_done() const override { return steps_done_; }
  /// Behind the last step of an epoch the tests as well.
  bool step(run::Recorder& recorder) override;
  void save(run::StateWriter& writer) const override;
  void load(const run::StateReader& reader) override;
  run::Products finish(const std::filesystem::path& folder, run::Recorder& recorder) override;

  const nn::Weights& student() const { return student_weights_; }

 private:
  int64_t steps_per_epoch(bool with_pool) const;
  void create_modules();
  /// Gives what the stage trains to a new buffer and a new optimiser.
  void begin_stage(size_t number);
  StudentAndTeacher pair() const { return pair_with(student_weights_); }
  StudentAndTeacher pair_with(const nn::Weights& student) const;
  /// "student.NAME" and "loss.NAME" of the parameters that the loss has a gradient for: no other may decay in a stage
  /// that comes before.
  std::set<std::string> reached_by(const Stage& stage) const;
  /// Of the step; none where the selection has no more for this epoch.
  std::vector<data::Batch> next_batches();
  /// The gradient to step by is in the buffer afterwards. The loss is that of the last batch. `epoch` counts from 1.
  LossValue learn(const std::vector<data::Batch>& batches, double epoch, bool recorded, run::Recorder& recorder);
  /// Loss and backward of one batch, which counts `share`.
  LossValue learn_from(const TermInputs& inputs, double share, bool updates_memories);
  /// What the training gives: the student, or its average.
  const nn::Weights& result() const { return average_ ? average_->weights() : student_weights_; }
  void record_losses(const LossValue& loss, double rate, run::Recorder& recorder);
  /// Of a student of two heads, on the pictures that are held out.
  void choose_mixture(run::Recorder& recorder);
  void test(run::Recorder& recorder);

  ModelOptions options_;
  std::string resolved_recipe_;
  Context& context_;
  RandomTree random_;  ///< of train.seed
  TrainingSamples samples_;
  std::unique_ptr<data::Loader> test_;
  std::shared_ptr<const nn::Network> student_;
  nn::Weights student_weights_;
  std::unique_ptr<Teacher> teacher_;
  std::vector<Stage> stages_;
  size_t stage_ = 0;
  nn::Weights modules_;  ///< of the terms of all stages; gone when training ends
  std::vector<int64_t> labels_of_set_;
  at::Tensor aspects_of_set_;              ///< [samples,Q], of student.aspects
  at::Tensor subclass_of_set_;             ///< [samples], where a term asks
  std::unique_ptr<TeacherSurvey> survey_;  ///< until it is made, before the first step
  std::unique_ptr<train::ParameterBuffer> buffer_;
  std::unique_ptr<train::Optimiser> optimiser_;
  std::unique_ptr<train::ExponentialAverage> average_;
  int64_t steps_done_ = 0;
  std::optional<Score> last_test_;
  double best_share_ = 0;  ///< of leading_share()
};

}  // namespace retort::model
