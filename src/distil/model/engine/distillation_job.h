// A student that learns from labels and a teacher, as a job.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/context.h"
#include "core/registries.h"
#include "data/loader.h"
#include "distil/model/engine/accuracy.h"
#include "distil/model/engine/loss_terms.h"
#include "distil/model/engine/model_options.h"
#include "nn/network.h"
#include "run/job.h"
#include "train/optimiser.h"
#include "train/parameter_buffer.h"

namespace retort::model {

class DistillationJob : public run::Job {
 public:
  /// Opens the data, makes the student and loads the teacher: whatever is wrong with the input comes out here.
  DistillationJob(const ModelOptions& options, std::string resolved_recipe, const Registries& registries,
                  Context& context);

  run::Plan plan() override;
  std::string resolved_recipe() override { return resolved_recipe_; }
  int64_t steps_done() const override { return steps_done_; }
  /// One batch; behind the last of an epoch the tests as well.
  bool step(run::Recorder& recorder) override;
  void save(run::StateWriter& writer) const override;
  void load(const run::StateReader& reader) override;
  run::Products finish(const std::filesystem::path& folder, run::Recorder& recorder) override;

  const nn::Weights& student() const { return student_weights_; }

 private:
  struct Forwarded;

  int64_t steps_per_epoch() const { return train_->batches_per_epoch(); }
  int64_t total_steps() const { return steps_per_epoch() * options_.train.epochs; }
  void load_teacher(const Registries& registries);
  void create_modules();
  /// Forward and backward of a batch: gradients are in the buffer afterwards.
  LossValue learn_from(const data::Batch& batch, double epoch);
  void record_losses(const LossValue& loss, double rate, run::Recorder& recorder);
  void test(run::Recorder& recorder);

  ModelOptions options_;
  std::string resolved_recipe_;
  Context& context_;
  RandomTree random_;  ///< of train.seed
  std::unique_ptr<data::Loader> train_, test_;
  std::shared_ptr<const nn::Network> student_, teacher_;
  nn::Weights student_weights_, teacher_weights_;
  std::vector<LossTerm> terms_;
  nn::Weights modules_;  ///< of the terms: trained like the student, gone when training ends
  std::vector<int64_t> labels_of_set_;
  train::ParameterBuffer buffer_;
  std::unique_ptr<train::Optimiser> optimiser_;
  int64_t steps_done_ = 0;
  std::optional<Accuracy> last_test_;
  double best_top1_ = 0;
};

}  // namespace retort::model
