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
#include "distil/model/engine/cached_teacher.h"
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
constexpr int64_t library_bytes = 300'000'000;  // LibTorch and the program themselves

int64_t epochs_of(const ModelOptions& options) {
  int64_t epochs = options.train.epochs;
  for (const auto& [name, stage] : options.before) epochs += stage.epochs;
  return epochs;
}

/// What stored labels leave to be shown; null: everything. Makes shares of crops into thresholds.
std::shared_ptr<const data::CropPool> pool_of_crops(ModelOptions& options, const Registries& registries) {
  if (options.teacher.cache.empty() || !options.teacher.adapt.is_on()) return nullptr;
  const data::SoftLabelFile file(options.teacher.cache);
  const auto set = data::open_train_set(registries, options.data);
  require_labels_of(file, options.data, *set);
  return plan_label_surgery(options.teacher.adapt, file, *set);
}

std::unique_ptr<PictureSelection> make_selection(const ModelOptions& options, const nn::Network& student,
                                                 const Registries& registries) {
  if (!options.train.selection.on) return nullptr;
  if (student.dense)
    user_error("train.selection.on: goes by classes of whole pictures, and '{}' names those of pixels; leave it out",
               student.name);
  return std::make_unique<PictureSelection>(registries, options.train.selection, options.data, options.train.seed);
}
}  // namespace

DistillationJob::DistillationJob(const ModelOptions& options, std::string resolved_recipe, const Registries& registries,
                                 Context& context)
    : options_(options),
      resolved_recipe_(std::move(resolved_recipe)),
      context_(context),
      random_(static_cast<uint64_t>(options.train.seed)) {
  if (!options_.teacher.cache.empty()) replay_augmentation(options_.data, options_.teacher.cache);
  train_ = data::make_train_loader(registries, options_.data, options_.train.seed, epochs_of(options_),
                                   pool_of_crops(options_, registries));
  if (options_.teacher.adapt.is_on())
    context_.log.info("stored labels of confidence below {:.4f} or from {:.4f} on are adapted",
                      options_.teacher.adapt.low, options_.teacher.adapt.high);
  if (!options_.data.test.empty()) test_ = data::make_test_loader(registries, options_.data);
  if (test_ && !options_.train.foreign_pictures) data::require_same_classes(train_->dataset(), test_->dataset());
  const auto& named_set = options_.train.foreign_pictures ? test_->dataset() : train_->dataset();
  if (options_.extra.given())
    extra_ = open_extra_data(registries, options_.extra, options_.data, train_->dataset(), options_.train.seed);
  example_ = *next_batch(*train_);
  train_->seek({});
  if (extra_.pictures) extra_.pictures->seek({});
  const auto classes = named_set.class_count();
  const auto picture = example_.image().sizes().slice(1).vec();
  if (!options_.student.aspects.empty())
    aspects_of_set_ = load_aspects(options_.student, train_->dataset(), random_.child("aspects"));
  student_ = student_network(registries, options_.student.network, classes, picture, aspects_of_set_);
  require_task(train_->dataset(), *student_, "student.network");
  if (test_) require_task(test_->dataset(), *student_, "student.network");
  require_mixable(train_->dataset(), options_.data.mixing);
  student_weights_ = nn::create_weights(*student_, random_.child("student"));
  if (!options_.student.weights.empty())
    student_weights_ = options_.student.fresh_classifier
                           ? load_body_weights(registries, *student_, student_weights_, options_.student.weights)
                           : nn::copy_of(load_model_weights(*student_, options_.student.weights));
  teacher_ = make_teacher(
      registries, options_,
      {.named = named_set, .train = train_->dataset(), .extra = extra_.pictures ? &extra_.pictures->dataset() : nullptr},
      picture, context_);
  if (teacher_ && teacher_->network()) require_task(train_->dataset(), *teacher_->network(), "teacher.network");
  if (student_->borrows_classifier && teacher_) share_classifier(*student_, student_weights_, *teacher_);
  selection_ = make_selection(options_, *student_, registries);
  if (!options_.data.pool.set.empty())
    with_pool_ = data::make_pooled_train_loader(registries, options_.data, options_.train.seed, epochs_of(options_));
  stages_ = make_stages(
      options_, *student_, teacher_ ? teacher_->network() : nullptr,
      {.training_set = steps_per_epoch(*train_), .with_pool = with_pool_ ? steps_per_epoch(*with_pool_) : 0});
  if (teacher_) teacher_->expect(teacher_taps_of(terms_of(stages_)));
  survey_ = make_teacher_survey(registries, options_.data, terms_of(stages_), teacher_.get());
  labels_of_set_ = class_of_samples(train_->dataset());
  const auto terms = terms_of(stages_);
  if (std::any_of(terms.begin(), terms.end(), [](const auto& term) { return term.reads_subclasses; }))
    subclass_of_set_ = hidden_classes(registries, options_.data, student_->outputs_per_class);
  create_modules();
  begin_stage(0);
}

int64_t DistillationJob::steps_per_epoch(const data::Loader& loader) const {
  return (loader.batches_per_epoch() + options_.train.accumulate - 1) / options_.train.accumulate;
}

data::Loader& DistillationJob::samples() const { return stages_[stage_].pool ? *with_pool_ : *train_; }

void DistillationJob::create_modules() {
  const at::NoGradGuard no_grad;
  const auto terms = terms_of(stages_);
  const ForwardPass both(pair(), terms, example_, 1, false);
  modules_ = create_term_modules(terms, both.inputs(), random_.child("loss"));
}

Pair DistillationJob::pair_with(const nn::Weights& student) const {
  return {.student = *student_,
          .student_weights = student,
          .teacher = teacher_.get(),
          .labels_of_set = labels_of_set_,
          .aspects_of_set = aspects_of_set_,
          .subclass_of_set = subclass_of_set_,
          .random = random_,
          .batches_per_epoch = samples().batches_per_epoch(),
          .mixing = options_.data.mixing,
          .channels_last = options_.train.channels_last,
          .precision = options_.train.precision,
          .student_learns = stages_[stage_].train_student};
}

std::set<std::string> DistillationJob::reached_by(const Stage& stage) const {
  auto leaves = nn::copy_of(student_weights_);
  for (auto& [name, tensor] : leaves.parameters) tensor.requires_grad_(true);
  const ForwardPass both(pair_with(leaves), stage.terms, example_, 1, false);
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
  plan.memory_bytes = library_bytes + 16 * buffer_->values().numel();
  plan.notes.push_back(fmt::format("{}: {} parameters; {} training samples, {} epochs of {} steps", student_->name,
                                   nn::flat_parameters(student_weights_).numel(), train_->dataset().size(),
                                   options_.train.epochs, stages_.back().steps_per_epoch));
  if (extra_.pictures)
    plan.notes.push_back(fmt::format("{} pictures without labels, {} in each step", extra_.pictures->dataset().size(),
                                     extra_.pictures->options().batch_size));
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
  if (selection_ && place.step == 0)
    recorder.scalar("train/selected", selection_->choose(place.epoch + 1, samples().position().epoch, *student_,
                                                         student_weights_, *teacher_));
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
  std::vector<data::Batch> batches;
  for (int64_t i = first; i < std::min(first + options_.train.accumulate, samples().batches_per_epoch()); ++i)
    if (auto batch = next_batch(samples())) batches.push_back(std::move(*batch));
  return batches;
}

std::optional<data::Batch> DistillationJob::next_batch(data::Loader& loader) {
  auto batch = selection_ ? selection_->next(loader) : loader.next();
  if (!batch || !extra_.pictures) return batch;
  return with_extra_pictures(std::move(*batch), extra_.pictures->next());
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
    const auto statistics = nn::copy_of({.parameters = {}, .buffers = student_weights_.buffers}).buffers;
    train::sharpen(options_.train.sharpness, *buffer_, [&] { gather(false); });
    for (auto& [name, tensor] : student_weights_.buffers) tensor.copy_(statistics.at(name));
  }
  return loss;
}

LossValue DistillationJob::learn_from(const TermInputs& inputs, double share, bool updates_memories) {
  const auto& terms = stages_[stage_].terms;
  auto loss = evaluate_loss(terms, inputs, modules_);
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
  if (extra_.held_out && !student_->teacher_head.empty())
    model::choose_mixture(*student_, student_weights_, *extra_.held_out, recorder);
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
  train_->save(writer, "data.");
  if (with_pool_) with_pool_->save(writer, "pool.");
  if (extra_.pictures) extra_.pictures->save(writer, "extra.");
  if (selection_) selection_->save(writer);
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
  train_->load(reader, "data.");
  if (with_pool_) with_pool_->load(reader, "pool.");
  if (extra_.pictures) extra_.pictures->load(reader, "extra.");
  if (!selection_) return;
  selection_->load(reader);
  selection_->take_up(*train_);
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
