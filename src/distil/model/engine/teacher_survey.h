// What terms of a loss want to know of the teacher over the whole training set, before the training begins.
#pragma once

#include <memory>
#include <vector>

#include "core/context.h"
#include "core/registries.h"
#include "data/data_options.h"
#include "distil/model/engine/forward_pass.h"
#include "distil/model/engine/loss_terms.h"
#include "distil/model/engine/teacher.h"

namespace retort::model {

class TeacherSurvey {
 public:
  explicit TeacherSurvey(std::unique_ptr<data::Loader> training_set) : training_set_(std::move(training_set)) {}

  /// Prepares the terms: the pair's teacher sees every training sample once for each term that asks, in the order of
  /// the set, changed as pictures of tests, in evaluation mode; the student doesn't run. Deterministic. The log tells
  /// how far it is. False when `context.stop` was requested on the way: begin again then.
  bool prepare(const std::vector<LossTerm>& terms, const StudentAndTeacher& pair, const nn::Weights& modules,
               const Context& context);

 private:
  std::unique_ptr<data::Loader> training_set_;
};

/// Null when no term asks for it. UserError naming the term when the teacher knows stored pictures alone.
std::unique_ptr<TeacherSurvey> make_teacher_survey(const Registries& registries, const data::DataOptions& data,
                                                   const std::vector<LossTerm>& terms, const Teacher* teacher);

}  // namespace retort::model
