#include "distil/model/engine/distillation_job.h"

#include <ATen/ATen.h>
#include <spdlog/spdlog.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "distil/model/engine/network_choice.h"
#include "io/atomic_file.h"
#include "io/tensor/tensor_io.h"
#include "run/state.h"

namespace retort::model {

namespace {
constexpr int64_t library_bytes = 300'000'000;  // LibTorch and the program themselves

/// The networks' own names for a file: parameters and buffers together.
std::map<std::string, at::Tensor> named_tensors(const nn::Weights& weights) {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, tensor] : weights.parameters) tensors[name] = tensor.detach();
  tensors.insert(weights.buffers.begin(), weights.buffers.end());
  return tensors;
}

}  // namespace

/// Both networks run on a batch, with the taps that the terms want.
struct DistillationJob::Forwarded {
  nn::Taps student_taps, teacher_taps;
  TermInputs inputs;

  /// `learning`: the student in training mode, the teacher as the recipe says; else both as for prediction.
  Forwarded(const DistillationJob& job, const data::Batch& batch, double epoch, bool learning)
      : student_taps(student_taps_of(job.terms_)), teacher_taps(teacher_taps_of(job.terms_)) {
    const auto step = uint64_t(job.steps_done_);
    const auto order = job.options_.train.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    const auto image = batch.image().contiguous(order);
    inputs.labels = batch.target();
    inputs.epoch = epoch;
    inputs.sample_index = batch.sample_index();
    inputs.labels_of_set = &job.labels_of_set_;
    inputs.random = job.random_.child("terms").child(step);
    if (job.teacher_) {
      const at::NoGradGuard no_grad;
      nn::GivenSource source(job.teacher_weights_);
      const nn::ForwardMode mode{.training = learning && job.options_.teacher.mode == TeacherMode::train,
                                 .random = job.random_.child("teacher").child(step)};
      inputs.teacher = {job.teacher_->forward(nn::Scope(source, &teacher_taps, mode), image), &teacher_taps};
    }
    nn::GivenSource source(job.student_weights_);
    const nn::ForwardMode mode{.training = learning, .random = job.random_.child("dropout").child(step)};
    inputs.student = {job.student_->forward(nn::Scope(source, &student_taps, mode), image), &student_taps};
  }
};

DistillationJob::DistillationJob(const ModelOptions& options, std::string resolved_recipe, const Registries& registries,
                                 Context& context)
    : options_(options),
      resolved_recipe_(std::move(resolved_recipe)),
      context_(context),
      random_(static_cast<uint64_t>(options.train.seed)),
      train_(data::make_train_loader(registries, options.data, options.train.seed, options.train.epochs)) {
  if (!options_.data.test.empty()) test_ = data::make_test_loader(registries, options_.data);
  const auto picture = picture_size(*train_);
  student_ = network_for(registries, options_.student.network, train_->dataset().class_count(), picture);
  student_weights_ = nn::create_weights(*student_, random_.child("student"));
  if (!options_.student.weights.empty())
    student_weights_ = nn::copy_of(nn::load_network_weights(*student_, options_.student.weights));
  if (!options_.teacher.network.empty()) load_teacher(registries);
  terms_ = make_loss_terms(options_.loss, *student_, teacher_.get());
  for (int64_t i = 0; i < train_->dataset().size(); ++i) labels_of_set_.push_back(train_->dataset().label(i));
  create_modules();
  buffer_.take("student", student_weights_);
  buffer_.take("loss", modules_);
  buffer_.seal();
  optimiser_ = train::make_optimiser(options_.train.optimiser, buffer_);
}

void DistillationJob::load_teacher(const Registries& registries) {
  teacher_ = network_for(registries, options_.teacher.network, train_->dataset().class_count(), student_->image);
  teacher_weights_ = nn::load_network_weights(*teacher_, options_.teacher.weights);
}

void DistillationJob::create_modules() {
  const at::NoGradGuard no_grad;
  const auto batch = train_->next();
  train_->seek({});
  const Forwarded example(*this, batch, 1, false);
  modules_ = create_term_modules(terms_, example.inputs, random_.child("loss"));
}

run::Plan DistillationJob::plan() {
  run::Plan plan;
  plan.phases = {{"train", total_steps()}};
  plan.memory_bytes = library_bytes + 16 * buffer_.values().numel();
  plan.notes.push_back(fmt::format("{}: {} parameters; {} training samples, {} epochs of {} steps", student_->name,
                                   buffer_.values().numel(), train_->dataset().size(), options_.train.epochs,
                                   steps_per_epoch()));
  if (!test_) plan.notes.push_back("no test set is named (data.test): only losses are shown");
  return plan;
}

bool DistillationJob::step(run::Recorder& recorder) {
  if (steps_done_ == total_steps()) return false;
  const train::TrainingPlace place{.epoch = steps_done_ / steps_per_epoch(),
                                   .step = steps_done_ % steps_per_epoch(),
                                   .steps_per_epoch = steps_per_epoch(),
                                   .epochs = options_.train.epochs};
  const double rate = options_.train.optimiser.learning_rate * train::rate_factor(place, options_.train.schedule);
  const auto loss = learn_from(train_->next(), double(place.epoch + 1));
  optimiser_->step(rate);
  ++steps_done_;
  if (steps_done_ % options_.train.log_every == 0 || steps_done_ == total_steps()) record_losses(loss, rate, recorder);
  // The last epoch's test is finish()'s.
  const bool epoch_ends = steps_done_ % steps_per_epoch() == 0 && steps_done_ < total_steps();
  const int64_t every = options_.train.evaluate_every;
  if (epoch_ends && every > 0 && (place.epoch + 1) % every == 0) test(recorder);
  return true;
}

LossValue DistillationJob::learn_from(const data::Batch& batch, double epoch) {
  const Forwarded both(*this, batch, epoch, true);
  auto loss = evaluate_loss(terms_, both.inputs, modules_);
  if (!std::isfinite(loss.total.item<double>())) {
    for (size_t i = 0; i < terms_.size(); ++i) {
      const double value = loss.values[i].item<double>();
      if (!std::isfinite(value))
        fault("step {}: the term '{}' is {}; lower train.optimiser.learning_rate or the term's weight", steps_done_ + 1,
              terms_[i].name, value);
    }
    fault("step {}: the sum of the terms is not finite; lower their weights", steps_done_ + 1);
  }
  buffer_.zero_gradients();
  torch::autograd::backward({loss.total}, {});
  for (const auto& update : loss.after_backward) update();
  return loss;
}

void DistillationJob::record_losses(const LossValue& loss, double rate, run::Recorder& recorder) {
  recorder.scalar("train/loss", loss.total.item<double>());
  for (size_t i = 0; i < terms_.size(); ++i) recorder.scalar("train/" + terms_[i].name, loss.values[i].item<double>());
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
  for (const auto& [name, tensor] : named_tensors(student_weights_)) writer.tensor("student." + name, tensor);
  for (const auto& [name, tensor] : named_tensors(modules_)) writer.tensor("loss." + name, tensor);
  for (const auto& [name, tensor] : teacher_weights_.buffers) writer.tensor("teacher." + name, tensor);
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
  restore(teacher_weights_.buffers, "teacher.");
  optimiser_->load(reader);
  train_->load(reader, "data.");
}

run::Products DistillationJob::finish(const std::filesystem::path& folder, run::Recorder& recorder) {
  io::save_safetensors(folder / "weights.safetensors", named_tensors(student_weights_));
  run::Products products = {{.name = "weights", .kind = "weights", .path = "weights.safetensors"}};
  if (!test_) return products;
  test(recorder);
  const auto& names = test_->dataset().class_names();
  nlohmann::ordered_json evaluation = {{"student", to_json(*last_test_, names)}, {"best_top1", best_top1_}};
  if (teacher_) {
    const auto teacher = measure_accuracy(*teacher_, teacher_weights_, *test_);
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
