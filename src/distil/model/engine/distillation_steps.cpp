// How a DistillationJob takes its steps.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/errors.h"
#include "distil/model/engine/distillation_job.h"
#include "distil/model/engine/dual_head.h"

namespace retort::model {

namespace {
void require_finite(const LossValue& loss, const std::vector<LossTerm>& terms, int64_t step) {
  if (std::isfinite(loss.total.item<double>())) return;
  for (size_t i = 0; i < terms.size(); ++i) {
    const double value = loss.values[i].item<double>();
    if (!std::isfinite(value))
      fault("step {}: the term '{}' is {}; lower train.optimiser.learning_rate or the term's weight", step,
            terms[i].name, value);
  }
  fault("step {}: the sum of the terms is not finite; lower their weights", step);
}

void restore(std::map<std::string, at::Tensor>& tensors, const std::map<std::string, at::Tensor>& to) {
  for (auto& [name, tensor] : tensors) tensor.copy_(to.at(name));
}
}  // namespace

bool DistillationJob::step(run::Recorder& recorder) {
  if (steps_done_ == stages_.back().end()) return false;
  if (survey_ && !survey_->prepare(terms_of(stages_), pair(), modules_, context_)) return true;
  survey_.reset();
  const auto& stage = stages_[stage_];
  const int64_t step_of_stage = steps_done_ - stage.first_step;
  const train::TrainingPlace place{.epoch = step_of_stage / stage.steps_per_epoch,
                                   .step = step_of_stage % stage.steps_per_epoch,
                                   .steps_per_epoch = stage.steps_per_epoch,
                                   .epochs = stage.epochs};
  const double rate = stage.optimiser.learning_rate * train::rate_factor(place, stage.schedule);
  const bool recorded = (steps_done_ + 1) % options_.train.log_every == 0 || steps_done_ + 1 == stage.end();
  if (place.step == 0) {
    const auto kept = samples_.choose(place.epoch + 1, stage.pool, *student_, student_weights_, teacher_.get());
    if (kept) recorder.scalar("train/selected", *kept);
  }
  const auto batches = next_batches();
  std::optional<LossValue> loss;  // none where the selection has left no more for this epoch
  if (!batches.empty()) {
    loss = learn(batches, double(place.epoch + 1), recorded, recorder);
    const StepMonitor monitor(recorded ? options_.train.monitor : MonitorOptions{}, *buffer_);
    optimiser_->step(rate);
    monitor.record(recorder);
    if (average_) average_->update();
  }
  ++steps_done_;
  if (recorded && loss) record_losses(*loss, rate, recorder);
  if (steps_done_ == stage.end()) {
    // The last epoch's test is finish()'s.
    if (!stage.is_last) begin_stage(stage_ + 1);
  } else if (stage.is_last && (steps_done_ - stage.first_step) % stage.steps_per_epoch == 0) {
    const int64_t every = options_.train.evaluate_every;
    if (every > 0 && (place.epoch + 1) % every == 0) {
      choose_mixture(recorder);
      test(recorder);
    }
  }
  return true;
}

std::vector<data::Batch> DistillationJob::next_batches() {
  const int64_t step_of_epoch = (steps_done_ - stages_[stage_].first_step) % stages_[stage_].steps_per_epoch;
  const int64_t first = step_of_epoch * options_.train.accumulate;
  const bool with_pool = stages_[stage_].pool;
  const int64_t end = std::min(first + options_.train.accumulate, samples_.batches_per_epoch(with_pool));
  std::vector<data::Batch> batches;
  for (int64_t i = first; i < end; ++i)
    if (auto batch = samples_.next(with_pool)) batches.push_back(std::move(*batch));
  return batches;
}

LossValue DistillationJob::learn(const std::vector<data::Batch>& batches, double epoch, bool recorded,
                                 run::Recorder& recorder) {
  LossValue loss;
  const auto gather = [&](bool is_first_look) {
    for (const auto& batch : batches) {
      const ForwardPass both(pair(), stages_[stage_].terms, batch, epoch, true);
      auto value = learn_from(both.inputs(), 1.0 / double(batches.size()), is_first_look);
      if (!is_first_look) continue;
      loss = std::move(value);
      if (recorded && &batch == &batches.back())
        record_predictions(options_.train.monitor, both.inputs().student.logits, both.inputs().teacher.logits,
                           both.inputs().labels, recorder);
    }
  };
  buffer_->zero_gradients();
  gather(true);
  if (options_.train.sharpness.kind != train::SharpnessKind::none) {
    // The second look at the same batches must not count twice in running statistics.
    const auto of_student = nn::copy_of({.parameters = {}, .buffers = student_weights_.buffers}).buffers;
    const auto of_modules = nn::copy_of({.parameters = {}, .buffers = modules_.buffers}).buffers;
    train::sharpen(options_.train.sharpness, *buffer_, [&] { gather(false); });
    restore(student_weights_.buffers, of_student);
    restore(modules_.buffers, of_modules);
  }
  return loss;
}

LossValue DistillationJob::learn_from(const TermInputs& inputs, double share, bool updates_memories) {
  const auto& terms = stages_[stage_].terms;
  auto loss = evaluate_loss(terms, inputs, modules_);
  require_finite(loss, terms, steps_done_ + 1);
  torch::autograd::backward({loss.total * share}, {});
  if (updates_memories)
    for (const auto& update : loss.after_backward) update();
  return loss;
}

void DistillationJob::record_losses(const LossValue& loss, double rate, run::Recorder& recorder) {
  const auto& terms = stages_[stage_].terms;
  recorder.scalar("train/loss", loss.total.item<double>());
  for (size_t i = 0; i < terms.size(); ++i) recorder.scalar("train/" + terms[i].name, loss.values[i].item<double>());
  recorder.scalar("train/learning_rate", rate);
  recorder.status(last_test_ ? fmt::format("loss {:.3f}  test {:.2f} %", loss.total.item<double>(),
                                           100 * leading_share(*last_test_))
                             : fmt::format("loss {:.3f}", loss.total.item<double>()));
}

void DistillationJob::choose_mixture(run::Recorder& recorder) {
  const auto& held_out = samples_.extra().held_out;
  if (held_out && !student_->teacher_head.empty())
    model::choose_mixture(*student_, student_weights_, *held_out, recorder);
}

void DistillationJob::test(run::Recorder& recorder) {
  if (!test_) return;
  last_test_ = measure_score(*student_, result(), *test_);
  best_share_ = std::max(best_share_, leading_share(*last_test_));
  record_score(*last_test_, recorder);
}

}  // namespace retort::model
