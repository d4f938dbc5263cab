#include <ATen/ATen.h>

#include <algorithm>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"
#include "distil/model/engine/term_fields.h"
#include "losses/distillation/ofa_branches.h"
#include "losses/distillation/ofa_token_branch.h"

namespace retort::model {

void OfaTerm::check(Problems& problems) const {
  problems.require(!gamma.empty(), "gamma", "names no value; 1 leaves the teacher's probabilities as they are");
}

void fields(OptionVisitor& v, OfaTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("final_weight", o.final_weight, "of the final logits", {.min = 0});
  v("branch_weight", o.branch_weight, "of each branch's logits", {.min = 0});
  v("gamma", o.gamma,
    "power of the target: more, and an unsure teacher weighs less; one for all, or one a branch and the final logits' "
    "last",
    {.min = 1});
  temperature_field(v, o.temperature);
  v("form", o.form,
    "code: the power acts on every class; paper: on the true one, and the labels' cross-entropy is in it");
  v("stages", o.stages, "numbers of the stages that have a branch, counted from 1; empty: all", {.min = 1});
  v("taps", o.taps,
    "the student's stages from the picture on; empty: those behind the stem, or four parts of its blocks");
}

namespace {
struct OfaBranches {
  std::vector<std::string> taps;  ///< of all stages, from the picture on
  std::vector<int64_t> stages;    ///< those that have a branch, counted from 1
  int64_t class_tokens = 0, classes = 0;
  std::string student_pooled, teacher_pooled;  ///< the teacher's is empty where its width is not known
};

OfaBranches ofa_branches(const TermContext& context) {
  const auto& options = context.options.ofa;
  const auto& student = context.student;
  OfaBranches branches{.taps = options.taps,
                       .stages = options.stages,
                       .class_tokens = student.class_tokens,
                       .classes = student.classes,
                       .student_pooled = student.pooled,
                       .teacher_pooled = context.teacher == nullptr ? std::string() : context.teacher->pooled};
  if (branches.taps.empty()) branches.taps = student.token_stages.empty() ? stage_taps(student) : student.token_stages;
  const auto count = static_cast<int64_t>(branches.taps.size());
  if (branches.stages.empty())
    for (int64_t stage = 1; stage <= count; ++stage) branches.stages.push_back(stage);
  for (const int64_t stage : branches.stages)
    if (stage > count) user_error("loss.ofa.stages: {}; '{}' has {}", stage, student.name, count);
  const size_t wanted = branches.stages.size() + 1;
  if (options.gamma.size() != 1 && options.gamma.size() != wanted)
    user_error("loss.ofa.gamma: {} values; one for all would be right, or {}: one a branch and the final logits' last",
               options.gamma.size(), wanted);
  return branches;
}

/// In a batch of mixed pictures the label of the larger share.
at::Tensor ofa_labels(const TermInputs& in) {
  return in.partner_labels.defined() && in.lambda < 0.5 ? in.partner_labels : in.labels;
}

/// The width of the convolutional branches: that of the wider network's last features.
int64_t ofa_width(const OfaBranches& branches, const TermInputs& in) {
  const int64_t student = in.student.taps->at(branches.student_pooled).size(-1);
  return branches.teacher_pooled.empty() ? student
                                         : std::max(student, in.teacher.taps->at(branches.teacher_pooled).size(-1));
}

at::Tensor ofa_branch_logits(const OfaBranches& branches, const TermInputs& in, const nn::Scope& scope, int64_t stage) {
  const auto& activation = in.student.taps->at(branches.taps[static_cast<size_t>(stage - 1)]);
  const auto stages = static_cast<int64_t>(branches.taps.size());
  const auto own = scope / ("stage" + std::to_string(stage));
  if (activation.dim() == 4)
    return losses::map_branch_logits(
        own, activation,
        {.stage = stage, .stages = stages, .width = ofa_width(branches, in), .classes = branches.classes});
  return losses::token_branch_logits(own, activation,
                                     {.stage = stage,
                                      .stages = stages,
                                      .width = in.student.taps->at(branches.student_pooled).size(-1),
                                      .class_tokens = branches.class_tokens,
                                      .classes = branches.classes});
}

at::Tensor ofa_value(const OfaTerm& o, const OfaBranches& branches, const TermInputs& in, const nn::Scope& scope) {
  const auto labels = ofa_labels(in);
  const auto imitation = [&](const at::Tensor& logits, double gamma) {
    return losses::ofa_loss(logits, in.teacher.logits, labels,
                            {.gamma = gamma, .temperature = o.temperature, .form = o.form});
  };
  auto sum = o.final_weight * imitation(in.student.logits, o.gamma.back());
  for (size_t i = 0; i < branches.stages.size(); ++i)
    sum = sum + o.branch_weight * imitation(ofa_branch_logits(branches, in, scope, branches.stages[i]),
                                            o.gamma.size() == 1 ? o.gamma.front() : o.gamma[i]);
  return sum;
}
}  // namespace

void add_ofa_terms(const TermContext& context) {
  const auto& options = context.options.ofa;
  if (options.weight <= 0) return;
  const auto branches = ofa_branches(context);
  LossTerm term{.name = "ofa", .weight = options.weight, .student_logits = true, .teacher_logits = true};
  term.reads_labels = true;
  term.student_taps = {branches.student_pooled};
  for (const int64_t stage : branches.stages)
    term.student_taps.push_back(branches.taps[static_cast<size_t>(stage - 1)]);
  if (!branches.teacher_pooled.empty()) term.teacher_taps = {branches.teacher_pooled};
  term.value = [options, branches](const TermInputs& in, const nn::Scope& scope, AfterBackward&) {
    return ofa_value(options, branches, in, scope);
  };
  context.terms.push_back(std::move(term));
}

}  // namespace retort::model
