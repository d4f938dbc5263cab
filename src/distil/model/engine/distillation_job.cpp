#include "distil/model/engine/distillation_job.h"

#include <ATen/ATen.h>
#include <spdlog/spdlog.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/errors.h"
#include "data/sets/same_classes.h"
#include "distil/model/engine/aspect_network.h"
#include "distil/model/engine/dual_head.h"
#include "distil/model/engine/hidden_classes.h"
#include "distil/model/engine/network_choice.h"
#include "distil/model/engine/shared_classifier.h"
#include "distil/model/engine/task.h"
#include "distil/model/engine/teacher_choice.h"
#include "distil/model/engine/term_figures.h"
#include "distil/model/engine/trained_network.h"
#include "io/atomic_file.h"
#include "io/tensor/tensor_io.h"
#include "run/state.h"

namespace retort::model {

namespace {
/// As the recipe gives them, or drawn.
nn::Weights first_weights(const Registries& registries, const StudentOptions& options, const nn::Network& student,
                          RandomTree random) {
  auto weights = nn::create_weights(student, random);
  if (options.weights.empty()) return weights;
  if (options.fresh_classifier) return load_body_weights(registries, student, weights, options.weights);
  return nn::copy_of(load_model_weights(student, options.weights));
}

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

DistillationJob::DistillationJob(const ModelOptions& options, std::string resolved_recipe, const Registries& registries,
                                 Context& context)
    : options_(options),
      resolved_recipe_(std::move(resolved_recipe)),
      context_(context),
      random_(static_cast<uint64_t>(options.train.seed)),
      samples_(options_, registries, context) {
  if (!options_.data.test.empty()) test_ = data::make_test_loader(registries, options_.data);
  if (test_ && !options_.train.foreign_pictures) data::require_same_classes(samples_.dataset(), test_->dataset());
  const auto& named_set = options_.train.foreign_pictures ? test_->dataset() : samples_.dataset();
  const auto classes = named_set.class_count();
  const auto picture = samples_.example().image().sizes().slice(1).vec();
  if (!options_.student.aspects.empty())
    aspects_of_set_ = load_aspects(options_.student, samples_.dataset(), random_.child("aspects"));
  student_ = student_network(registries, options_.student.network, classes, picture, aspects_of_set_);
  require_task(samples_.dataset(), *student_, "student.network");
  if (test_) require_task(test_->dataset(), *student_, "student.network");
  require_mixable(samples_.dataset(), options_.data.mixing);
  student_weights_ = first_weights(registries, options_.student, *student_, random_.child("student"));
  const auto& extra = samples_.extra().pictures;
  teacher_ =
      make_teacher(registries, options_,
                   {.named = named_set, .train = samples_.dataset(), .extra = extra ? &extra->dataset() : nullptr},
                   picture, context_);
  if (teacher_ && teacher_->network()) require_task(samples_.dataset(), *teacher_->network(), "teacher.network");
  if (student_->borrows_classifier && teacher_) share_classifier(*student_, student_weights_, *teacher_);
  samples_.select_for(*student_, options_, registries);
  stages_ = make_stages(options_, *student_, teacher_ ? teacher_->network() : nullptr,
                        {.training_set = steps_per_epoch(false), .with_pool = steps_per_epoch(true)});
  if (teacher_) teacher_->expect(teacher_taps_of(terms_of(stages_)));
  survey_ = make_teacher_survey(registries, options_.data, terms_of(stages_), teacher_.get());
  labels_of_set_ = class_of_samples(samples_.dataset());
  const auto terms = terms_of(stages_);
  if (std::any_of(terms.begin(), terms.end(), [](const auto& term) { return term.reads_subclasses; }))
    subclass_of_set_ = hidden_classes(registries, options_.data, student_->outputs_per_class);
  create_modules();
  begin_stage(0);
}

int64_t DistillationJob::steps_per_epoch(bool with_pool) const {
  return (samples_.batches_per_epoch(with_pool) + options_.train.accumulate - 1) / options_.train.accumulate;
}

void DistillationJob::create_modules() {
  const at::NoGradGuard no_grad;
  const auto terms = terms_of(stages_);
  const ForwardPass both(pair(), terms, samples_.example(), 1, false);
  modules_ = create_term_modules(terms, both.inputs(), random_.child("loss"));
}

StudentAndTeacher DistillationJob::pair_with(const nn::Weights& student) const {
  return {.student = *student_,
          .student_weights = student,
          .teacher = teacher_.get(),
          .labels_of_set = labels_of_set_,
          .aspects_of_set = aspects_of_set_,
          .subclass_of_set = subclass_of_set_,
          .random = random_,
          .batches_per_epoch = samples_.batches_per_epoch(stages_[stage_].pool),
          .mixing = options_.data.mixing,
          .channels_last = options_.train.channels_last,
          .precision = options_.train.precision,
          .student_learns = stages_[stage_].train_student};
}

std::set<std::string> DistillationJob::reached_by(const Stage& stage) const {
  auto leaves = nn::copy_of(student_weights_);
  for (auto& [name, tensor] : leaves.parameters) tensor.requires_grad_(true);
  const ForwardPass both(pair_with(leaves), stage.terms, samples_.example(), 1, false);
  // A copy as well: the modules' norms count what they see.
  auto modules = nn::copy_of(modules_);
  for (auto& [name, tensor] : modules.parameters) tensor.requires_grad_(true);
  const auto loss = evaluate_loss(stage.terms, both.inputs(), modules);
  std::set<std::string> reached;
  if (!loss.total.requires_grad()) return reached;
  torch::autograd::backward({loss.total}, {});
  for (const auto& [name, tensor] : leaves.parameters)
    if (tensor.grad().defined()) reached.insert("student." + name);
  for (const auto& [name, tensor] : modules.parameters)
    if (tensor.grad().defined()) reached.insert("loss." + name);
  return reached;
}

void DistillationJob::begin_stage(size_t number) {
  stage_ = number;
  const auto& stage = stages_[number];
  buffer_ = std::make_unique<train::ParameterBuffer>();
  const auto reached = stage.is_last ? std::set<std::string>() : reached_by(stage);
  buffer_->take("student", student_weights_, [&](const auto& name) {
    return stage.trains_student(name) && (stage.is_last || reached.count("student." + name) > 0);
  });
  buffer_->take("loss", modules_, [&](const auto& name) {
    return stage.trains_module(name) && (stage.is_last || reached.count("loss." + name) > 0);
  });
  if (buffer_->ranges().empty())
    user_error("{}: nothing learns; give the student, or a term with modules of its own, something to do", stage.name);
  buffer_->seal();
  optimiser_ = train::make_optimiser(stage.optimiser, *buffer_);
  average_.reset();
  if (stage.is_last && options_.train.average.decay > 0)
    average_ =
        std::make_unique<train::ExponentialAverage>(options_.train.average, *buffer_, "student", student_weights_);
}

run::Plan DistillationJob::plan() {
  run::Plan plan;
  for (const auto& stage : stages_) plan.phases.push_back({stage.name, stage.steps});
  plan.memory_bytes = run::library_bytes + 16 * buffer_->values().numel();
  plan.notes.push_back(fmt::format("{}: {} parameters; {} training samples, {} epochs of {} steps", student_->name,
                                   nn::parameter_count(student_weights_), samples_.dataset().size(),
                                   options_.train.epochs, stages_.back().steps_per_epoch));
  if (const auto& extra = samples_.extra().pictures)
    plan.notes.push_back(fmt::format("{} pictures without labels, {} in each step", extra->dataset().size(),
                                     extra->options().batch_size));
  if (teacher_) plan.notes.push_back("teacher: " + teacher_->name());
  if (!test_) plan.notes.push_back("no test set is named (data.test): only losses are shown");
  return plan;
}

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

void DistillationJob::save(run::StateWriter& writer) const {
  writer.integer("steps", steps_done_);
  writer.number("best_share", best_share_);
  for (const auto& [name, tensor] : nn::named_tensors(student_weights_)) writer.tensor("student." + name, tensor);
  for (const auto& [name, tensor] : nn::named_tensors(modules_)) writer.tensor("loss." + name, tensor);
  if (teacher_) teacher_->save(writer);
  optimiser_->save(writer);
  if (average_) average_->save(writer);
  samples_.save(writer);
}

void DistillationJob::load(const run::StateReader& reader) {
  steps_done_ = reader.integer("steps");
  if (steps_done_ > 0) survey_.reset();  // what it gave is among the modules
  best_share_ = reader.number("best_share");
  const auto restore = [&](std::map<std::string, at::Tensor>& tensors, const std::string& prefix) {
    for (auto& [name, tensor] : tensors) reader.copy_into(prefix + name, tensor);
  };
  {
    const at::NoGradGuard no_grad;
    restore(student_weights_.parameters, "student.");
    restore(student_weights_.buffers, "student.");
    restore(modules_.parameters, "loss.");
    restore(modules_.buffers, "loss.");
    if (teacher_) teacher_->load(reader);
  }
  size_t stage = 0;
  while (stage + 1 < stages_.size() && steps_done_ >= stages_[stage].end()) ++stage;
  begin_stage(stage);
  optimiser_->load(reader);
  if (average_) average_->load(reader);
  samples_.load(reader);
}

run::Products DistillationJob::finish(const std::filesystem::path& folder, run::Recorder& recorder) {
  choose_mixture(recorder);
  io::save_safetensors(folder / "weights.safetensors", nn::named_tensors(without_further_outputs(result(), *student_)));
  run::Products products = {{.name = "weights", .kind = "weights", .path = "weights.safetensors"}};
  if (!test_) return products;
  test(recorder);
  const auto& names = test_->dataset().class_names();
  const std::string leading = leading_name(*last_test_);
  nlohmann::ordered_json evaluation = {{"student", to_json(*last_test_, names)}, {"best_" + leading, best_share_}};
  if (teacher_ && teacher_->sees_any_picture()) {
    const auto teacher = measure_score(*teacher_, test_->dataset().class_count(), *test_);
    recorder.scalar("eval/teacher_" + leading, leading_share(teacher));
    evaluation["teacher"] = to_json(teacher, names);
    context_.log.info("teacher {:.2f} %", 100 * leading_share(teacher));
    const auto figures = term_figures(stages_.back().terms, pair_with(result()), modules_, *test_);
    if (!figures.is_null()) evaluation["terms"] = figures;
  }
  context_.log.info("student {:.2f} % ({}) of {} test samples", 100 * leading_share(*last_test_), leading,
                    samples_of(*last_test_));
  io::write_whole_file(folder / "evaluation.json", evaluation.dump(2) + "\n");
  products.push_back({.name = "evaluation", .kind = "metrics", .path = "evaluation.json"});
  return products;
}

}  // namespace retort::model
