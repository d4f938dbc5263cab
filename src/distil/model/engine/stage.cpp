#include "distil/model/engine/stage.h"

#include <algorithm>
#include <utility>

#include "core/errors.h"

namespace retort::model {

namespace {
/// `name` is `prefix` or lies below it.
bool stands_below(const std::string& name, const std::string& prefix) {
  return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '.');
}

bool stands_below_any(const std::string& name, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& prefix) { return stands_below(name, prefix); });
}

void refuse_unfit_mixing(const ModelOptions& options, const Stage& stage) {
  if (!data::is_on(options.data.mixing)) return;
  for (const auto& term : stage.terms) {
    if (!options.teacher.cache.empty() && !term.teacher_taps.empty())
      user_error("data.mixing: the term '{}' compares stored features, which are those of single pictures", term.name);
    if (term.needs_plain_labels)
      user_error("data.mixing: the term '{}' wants one label for a picture; leave the mixing out, or the term",
                 term.name);
  }
}

void refuse_labels(const Stage& stage) {
  for (const auto& term : stage.terms)
    if (term.reads_labels || term.needs_plain_labels)
      user_error(
          "{}: the pictures of data.pool have no labels, which the term '{}' reads; set pool: false there, or "
          "the term's weight to 0",
          stage.name, term.name);
}

void refuse_foreign_labels(bool foreign, const Stage& stage) {
  // What is prepared goes by the classes of the whole set.
  for (const auto& term : stage.terms)
    if (foreign && (term.reads_labels || term.needs_plain_labels || term.prepare))
      user_error("train.foreign_pictures: the term '{}' reads labels, which are of other classes; leave it out",
                 term.name);
}

Stage main_stage(const ModelOptions& options, const nn::Network& student, const nn::Network* teacher) {
  return {.name = "train",
          .terms = make_loss_terms(options.loss, student, teacher),
          .epochs = options.train.epochs,
          .optimiser = options.train.optimiser,
          .schedule = options.train.schedule,
          .frozen = options.student.frozen,
          .pool = options.train.pool && !options.data.pool.set.empty(),
          .is_last = true};
}

Stage earlier_stage(const std::string& name, const StageOptions& options, bool has_pool, const nn::Network& student,
                    const nn::Network* teacher) {
  return {.name = name,
          .terms = make_loss_terms(options.loss, student, teacher),
          .epochs = options.epochs,
          .optimiser = options.optimiser,
          .schedule = options.schedule,
          .train_student = options.train_student,
          .frozen = options.frozen,
          .pool = options.pool && has_pool};
}
}  // namespace

bool Stage::trains_module(const std::string& name) const {
  return std::any_of(terms.begin(), terms.end(), [&](const auto& term) {
    return stands_below(name, term.module_scope()) && !stands_below_any(name, term.frozen_modules);
  });
}

bool Stage::trains_student(const std::string& name) const { return train_student && !stands_below_any(name, frozen); }

std::vector<Stage> make_stages(const ModelOptions& options, const nn::Network& student, const nn::Network* teacher,
                               const StepsPerEpoch& steps_per_epoch) {
  std::vector<Stage> stages;
  for (const auto& [name, stage] : options.before)
    if (stage.epochs > 0)
      stages.push_back(earlier_stage(name, stage, !options.data.pool.set.empty(), student, teacher));
  stages.push_back(main_stage(options, student, teacher));
  int64_t first = 0;
  for (auto& stage : stages) {
    refuse_unfit_mixing(options, stage);
    refuse_foreign_labels(options.train.foreign_pictures, stage);
    if (student.borrows_classifier) stage.frozen.push_back(student.classifier);
    stage.first_step = first;
    if (stage.pool) refuse_labels(stage);
    stage.steps_per_epoch = stage.pool ? steps_per_epoch.with_pool : steps_per_epoch.training_set;
    stage.steps = stage.epochs * stage.steps_per_epoch;
    first = stage.end();
  }
  return stages;
}

std::vector<LossTerm> terms_of(const std::vector<Stage>& stages) {
  std::vector<LossTerm> terms;
  for (const auto& stage : stages) terms.insert(terms.end(), stage.terms.begin(), stage.terms.end());
  return terms;
}

}  // namespace retort::model
