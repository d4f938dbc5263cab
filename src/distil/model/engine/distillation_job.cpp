#include "distil/model/engine/distillation_job.h"

#include <ATen/ATen.h>
#include <spdlog/spdlog.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "distil/model/engine/network_choice.h"
#include "distil/model/engine/teacher_choice.h"
#include "io/atomic_file.h"
#include "io/tensor/tensor_io.h"
#include "run/state.h"

namespace retort::model {

namespace {
constexpr int64_t library_bytes = 300'000'000;  // LibTorch and the program themselves

int64_t epochs_of(const ModelOptions& options) {
  int64_t epochs = options.train.epochs;
  for (const auto& [name, stage] : options.before) epochs += stage.epochs;
  return epochs;
}
}  // namespace

/// Both networks run on a batch, as far as the terms want.
struct DistillationJob::Forwarded {
  nn::Taps student_taps, teacher_taps;
  TermInputs inputs;

  /// `learning`: the student in training mode, the teacher as the recipe says; else both as for prediction.
  /// `epoch` counts from 1 within the stage.
  Forwarded(const DistillationJob& job, const std::vector<LossTerm>& terms, const data::Batch& batch, double epoch,
            bool learning)
      : student_taps(student_taps_of(terms)), teacher_taps(teacher_taps_of(terms)) {
    const auto number = uint64_t(batch.epoch * job.train_->batches_per_epoch() + batch.number);
    inputs.labels = batch.target();
    inputs.epoch = epoch;
    inputs.sample_index = batch.sample_index();
    inputs.labels_of_set = &job.labels_of_set_;
    inputs.random = job.random_.child("terms").child(number);
    const auto image = mixed_image(job, batch, learning);
    const auto some = [&](auto member) { return std::any_of(terms.begin(), terms.end(), member); };
    if (job.teacher_ && some([](const LossTerm& term) { return term.uses_teacher; })) {
      const TeacherBatch seen{
          .batch = batch, .image = image, .learning = learning, .random = job.random_.child("teacher").child(number)};
      inputs.teacher.taps = &teacher_taps;
      if (some([](const LossTerm& term) { return term.teacher_logits; }))
        inputs.teacher.logits = job.teacher_->look(seen, teacher_taps);
      else
        job.teacher_->look_at_taps(seen, teacher_taps);
    }
    if (some([](const LossTerm& term) { return term.uses_student; }))
      run_student(job, image, {.training = learning, .random = job.random_.child("dropout").child(number)},
                  some([](const LossTerm& term) { return term.student_logits; }));
  }

 private:
  at::Tensor mixed_image(const DistillationJob& job, const data::Batch& batch, bool learning) {
    const auto order = job.options_.train.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    if (!learning || !data::is_on(job.options_.data.mixing)) return batch.image().contiguous(order);
    const auto mixed =
        data::mix_batch(batch.image(), batch.target(), job.options_.data.mixing, batch.random.child("mixing"));
    inputs.partner_labels = mixed.partner_target;
    inputs.lambda = mixed.lambda;
    return mixed.image.contiguous(order);
  }

  void run_student(const DistillationJob& job, const at::Tensor& image, const nn::ForwardMode& mode,
                   bool wants_logits) {
    nn::GivenSource source(job.student_weights_);
    const nn::Scope scope(source, &student_taps, mode);
    inputs.student.taps = &student_taps;
    const train::AutocastScope autocast(job.options_.train.precision);
    if (wants_logits)
      inputs.student.logits = job.student_->forward(scope, image).to(at::kFloat);
    else
      student_taps.run_until_complete([&] { job.student_->forward(scope, image); });
    student_taps.make_float();
  }
};

DistillationJob::DistillationJob(const ModelOptions& options, std::string resolved_recipe, const Registries& registries,
                                 Context& context)
    : options_(options),
      resolved_recipe_(std::move(resolved_recipe)),
      context_(context),
      random_(static_cast<uint64_t>(options.train.seed)),
      train_(data::make_train_loader(registries, options.data, options.train.seed, epochs_of(options))) {
  if (!options_.data.test.empty()) test_ = data::make_test_loader(registries, options_.data);
  const auto example = train_->next();
  train_->seek({});
  const auto classes = train_->dataset().class_count();
  const auto picture = example.image().sizes().slice(1).vec();
  student_ = network_for(registries, options_.student.network, classes, picture);
  student_weights_ = nn::create_weights(*student_, random_.child("student"));
  if (!options_.student.weights.empty())
    student_weights_ = nn::copy_of(nn::load_network_weights(*student_, options_.student.weights));
  teacher_ = make_teacher(registries, options_.teacher, options_.train.precision, classes, picture);
  stages_ = make_stages(options_, *student_, teacher_ ? teacher_->network() : nullptr, steps_per_epoch());
  for (int64_t i = 0; i < train_->dataset().size(); ++i) labels_of_set_.push_back(train_->dataset().label(i));
  create_modules(example);
  begin_stage(0);
}

int64_t DistillationJob::steps_per_epoch() const {
  return (train_->batches_per_epoch() + options_.train.accumulate - 1) / options_.train.accumulate;
}

void DistillationJob::create_modules(const data::Batch& example) {
  const at::NoGradGuard no_grad;
  const auto terms = terms_of(stages_);
  const Forwarded both(*this, terms, example, 1, false);
  modules_ = create_term_modules(terms, both.inputs, random_.child("loss"));
}

void DistillationJob::begin_stage(size_t number) {
  stage_ = number;
  const auto& stage = stages_[number];
  buffer_ = std::make_unique<train::ParameterBuffer>();
  buffer_->take("student", student_weights_, [&](const auto& name) { return stage.trains_student(name); });
  buffer_->take("loss", modules_, [&](const auto& name) { return stage.trains_module(name); });
  if (buffer_->ranges().empty())
    user_error("{}: nothing learns; give the student, or a term with modules of its own, something to do", stage.name);
  buffer_->seal();
  optimiser_ = train::make_optimiser(stage.optimiser, *buffer_);
}

run::Plan DistillationJob::plan() {
  run::Plan plan;
  for (const auto& stage : stages_) plan.phases.push_back({stage.name, stage.steps});
  plan.memory_bytes = library_bytes + 16 * buffer_->values().numel();
  plan.notes.push_back(fmt::format("{}: {} parameters; {} training samples, {} epochs of {} steps", student_->name,
                                   nn::flat_parameters(student_weights_).numel(), train_->dataset().size(),
                                   options_.train.epochs, steps_per_epoch()));
  if (teacher_) plan.notes.push_back("teacher: " + teacher_->name());
  if (!test_) plan.notes.push_back("no test set is named (data.test): only losses are shown");
  return plan;
}

bool DistillationJob::step(run::Recorder& recorder) {
  if (steps_done_ == stages_.back().end()) return false;
  const auto& stage = stages_[stage_];
  const int64_t step_of_stage = steps_done_ - stage.first_step;
  const train::TrainingPlace place{.epoch = step_of_stage / steps_per_epoch(),
                                   .step = step_of_stage % steps_per_epoch(),
                                   .steps_per_epoch = steps_per_epoch(),
                                   .epochs = stage.epochs};
  const double rate = stage.optimiser.learning_rate * train::rate_factor(place, stage.schedule);
  const bool recorded = (steps_done_ + 1) % options_.train.log_every == 0 || steps_done_ + 1 == stage.end();
  const auto loss = learn(recorded, recorder);
  if (recorded) {
    const StepMonitor monitor(options_.train.monitor, *buffer_);
    optimiser_->step(rate);
    monitor.record(recorder);
  } else {
    optimiser_->step(rate);
  }
  ++steps_done_;
  if (recorded) record_losses(loss, rate, recorder);
  if (steps_done_ == stage.end()) {
    // The last epoch's test is finish()'s.
    if (!stage.is_last) begin_stage(stage_ + 1);
  } else if (stage.is_last && steps_done_ % steps_per_epoch() == 0) {
    const int64_t every = options_.train.evaluate_every;
    if (every > 0 && (place.epoch + 1) % every == 0) test(recorder);
  }
  return true;
}

LossValue DistillationJob::learn(bool recorded, run::Recorder& recorder) {
  const auto& stage = stages_[stage_];
  const int64_t step_of_stage = steps_done_ - stage.first_step;
  const auto epoch = double(step_of_stage / steps_per_epoch() + 1);
  const int64_t first = (step_of_stage % steps_per_epoch()) * options_.train.accumulate;
  const int64_t batches = std::min(options_.train.accumulate, train_->batches_per_epoch() - first);
  buffer_->zero_gradients();
  LossValue loss;
  for (int64_t i = 0; i < batches; ++i) {
    const Forwarded both(*this, stage.terms, train_->next(), epoch, true);
    loss = learn_from(both, 1.0 / double(batches));
    if (recorded && i + 1 == batches)
      record_predictions(options_.train.monitor, both.inputs.student.logits, both.inputs.teacher.logits,
                         both.inputs.labels, recorder);
  }
  return loss;
}

LossValue DistillationJob::learn_from(const Forwarded& both, double share) {
  const auto& terms = stages_[stage_].terms;
  auto loss = evaluate_loss(terms, both.inputs, modules_);
  if (!std::isfinite(loss.total.item<double>())) {
    for (size_t i = 0; i < terms.size(); ++i) {
      const double value = loss.values[i].item<double>();
      if (!std::isfinite(value))
        fault("step {}: the term '{}' is {}; lower train.optimiser.learning_rate or the term's weight", steps_done_ + 1,
              terms[i].name, value);
    }
    fault("step {}: the sum of the terms is not finite; lower their weights", steps_done_ + 1);
  }
  torch::autograd::backward({loss.total * share}, {});
  for (const auto& update : loss.after_backward) update();
  return loss;
}

void DistillationJob::record_losses(const LossValue& loss, double rate, run::Recorder& recorder) {
  const auto& terms = stages_[stage_].terms;
  recorder.scalar("train/loss", loss.total.item<double>());
  for (size_t i = 0; i < terms.size(); ++i) recorder.scalar("train/" + terms[i].name, loss.values[i].item<double>());
  recorder.scalar("train/learning_rate", rate);
  recorder.status(last_test_
                      ? fmt::format("loss {:.3f}  test {:.2f} %", loss.total.item<double>(), 100 * last_test_->top1)
                      : fmt::format("loss {:.3f}", loss.total.item<double>()));
}

void DistillationJob::test(run::Recorder& recorder) {
  if (!test_) return;
  last_test_ = measure_accuracy(*student_, student_weights_, *test_);
  best_top1_ = std::max(best_top1_, last_test_->top1);
  recorder.scalar("eval/top1", last_test_->top1);
  recorder.scalar("eval/top5", last_test_->top5);
  recorder.scalar("eval/cross_entropy", last_test_->cross_entropy);
}

void DistillationJob::save(run::StateWriter& writer) const {
  writer.integer("steps", steps_done_);
  writer.number("best_top1", best_top1_);
  for (const auto& [name, tensor] : nn::named_tensors(student_weights_)) writer.tensor("student." + name, tensor);
  for (const auto& [name, tensor] : nn::named_tensors(modules_)) writer.tensor("loss." + name, tensor);
  if (teacher_) teacher_->save(writer);
  optimiser_->save(writer);
  train_->save(writer, "data.");
}

void DistillationJob::load(const run::StateReader& reader) {
  const at::NoGradGuard no_grad;
  steps_done_ = reader.integer("steps");
  best_top1_ = reader.number("best_top1");
  const auto restore = [&](std::map<std::string, at::Tensor>& tensors, const std::string& prefix) {
    for (auto& [name, tensor] : tensors) tensor.copy_(reader.tensor(prefix + name));
  };
  restore(student_weights_.parameters, "student.");
  restore(student_weights_.buffers, "student.");
  restore(modules_.parameters, "loss.");
  restore(modules_.buffers, "loss.");
  if (teacher_) teacher_->load(reader);
  size_t stage = 0;
  while (stage + 1 < stages_.size() && steps_done_ >= stages_[stage].end()) ++stage;
  begin_stage(stage);
  optimiser_->load(reader);
  train_->load(reader, "data.");
}

run::Products DistillationJob::finish(const std::filesystem::path& folder, run::Recorder& recorder) {
  io::save_safetensors(folder / "weights.safetensors", nn::named_tensors(student_weights_));
  run::Products products = {{.name = "weights", .kind = "weights", .path = "weights.safetensors"}};
  if (!test_) return products;
  test(recorder);
  const auto& names = test_->dataset().class_names();
  nlohmann::ordered_json evaluation = {{"student", to_json(*last_test_, names)}, {"best_top1", best_top1_}};
  if (teacher_) {
    const auto teacher = measure_accuracy(*teacher_, test_->dataset().class_count(), *test_);
    recorder.scalar("eval/teacher_top1", teacher.top1);
    evaluation["teacher"] = to_json(teacher, names);
    context_.log.info("teacher {:.2f} %", 100 * teacher.top1);
  }
  context_.log.info("student {:.2f} % of {} test samples", 100 * last_test_->top1, last_test_->samples);
  io::write_whole_file(folder / "evaluation.json", evaluation.dump(2) + "\n");
  products.push_back({.name = "evaluation", .kind = "metrics", .path = "evaluation.json"});
  return products;
}

}  // namespace retort::model
