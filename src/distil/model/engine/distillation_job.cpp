#include "distil/model/engine/distillation_job.h"

#include <ATen/ATen.h>
#include <fmt/core.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "data/sets/same_classes.h"
#include "distil/model/engine/aspect_network.h"
#include "distil/model/engine/batch_rows.h"
#include "distil/model/engine/hidden_classes.h"
#include "distil/model/engine/network_choice.h"
#include "distil/model/engine/shared_classifier.h"
#include "distil/model/engine/task.h"
#include "distil/model/engine/teacher_choice.h"
#include "distil/model/engine/trained_network.h"

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

/// Two samples of a batch; the whole of it where crops, or pictures of another set, stand beside its samples.
data::Batch least_example(const data::Batch& batch) {
  const bool is_plain = batch.crops == 1 && batch.image().size(0) == batch.target().size(0);
  return is_plain && batch.size > 2 ? chosen_rows(batch, at::arange(2)) : batch;
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
  const auto shaped_by = [&](const data::Batch& batch) {
    const ForwardPass both(pair(), terms, batch, 1, false);
    return create_term_modules(terms, both.inputs(), random_.child("loss"));
  };
  // Most losses have none, which little of a batch shows. Of those with modules all of it counts: their norms see it.
  modules_ = shaped_by(least_example(samples_.example()));
  if (!nn::named_tensors(modules_).empty()) modules_ = shaped_by(samples_.example());
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

}  // namespace retort::model
