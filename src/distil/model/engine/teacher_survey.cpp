#include "distil/model/engine/teacher_survey.h"

#include <ATen/ATen.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/errors.h"

namespace retort::model {

namespace {
/// Tells the log about each tenth of a long walk.
class WalkLog {
 public:
  WalkLog(spdlog::logger& log, const LossTerm& term, const data::Loader& set)
      : log_(log), term_(term.name), batches_(set.batches_per_epoch()) {
    log_.info("{}: the teacher looks once at all {} training samples", term_, set.dataset().size());
  }

  void seen(int64_t batches) const {
    constexpr int64_t short_walk = 100, parts = 10;
    if (batches_ >= short_walk && batches * parts / batches_ > (batches - 1) * parts / batches_)
      log_.info("{}: {} % of the training set", term_, 100 * batches / batches_);
  }

 private:
  spdlog::logger& log_;
  std::string term_;
  int64_t batches_;
};

bool walk_training_set(data::Loader& set, const LossTerm& term, const StudentAndTeacher& pair, const Context& context,
                       const std::function<void(const TermInputs&)>& visit) {
  auto teachers_side = term;
  teachers_side.uses_student = false;
  const WalkLog log(context.log, term, set);
  set.seek({});
  for (int64_t i = 0; i < set.batches_per_epoch(); ++i) {
    if (context.stop.requested()) return false;
    const auto batch = set.next();
    const ForwardPass pass(pair, {teachers_side}, batch, 1, false);
    visit(pass.inputs());
    log.seen(i + 1);
  }
  return true;
}
}  // namespace

bool TeacherSurvey::prepare(const std::vector<LossTerm>& terms, const StudentAndTeacher& pair,
                            const nn::Weights& modules, const Context& context) {
  const at::NoGradGuard no_grad;
  const auto tour_of = [&](const LossTerm& term) -> TeacherTour {
    return [&](const auto& visit) { return walk_training_set(*training_set_, term, pair, context, visit); };
  };
  return prepare_terms(terms, tour_of, modules);
}

std::unique_ptr<TeacherSurvey> make_teacher_survey(const Registries& registries, const data::DataOptions& data,
                                                   const std::vector<LossTerm>& terms, const Teacher* teacher) {
  const auto asking =
      std::find_if(terms.begin(), terms.end(), [](const LossTerm& term) { return term.prepare != nullptr; });
  if (asking == terms.end()) return nullptr;
  RT_CHECK(teacher != nullptr, "the term '{}' needs a teacher", asking->name);
  if (!teacher->sees_any_picture())
    user_error(
        "loss.{}: first looks at the whole training set without augmentation, which stored soft labels do not have; "
        "name teacher.network and teacher.weights instead of teacher.cache",
        asking->name);
  return std::make_unique<TeacherSurvey>(data::make_plain_train_loader(registries, data));
}

}  // namespace retort::model
