#include <ATen/ATen.h>

#include "distil/model/engine/term_builders.h"
#include "losses/distillation/dist.h"
#include "losses/distillation/dkd.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/logit_standardization.h"
#include "losses/distillation/skd.h"

namespace retort::model {

namespace {
at::Tensor cross_entropy_of(const TermInputs& in, double smoothing) {
  const auto with = [&](const at::Tensor& labels) {
    return at::cross_entropy_loss(in.student.logits, labels, {}, at::Reduction::Mean, -100, smoothing);
  };
  if (!in.partner_labels.defined()) return with(in.labels);
  return in.lambda * with(in.labels) + (1 - in.lambda) * with(in.partner_labels);
}

at::Tensor kd_value(const KdTerm& o, const TermInputs& in) {
  const losses::KdOptions options{.temperature = o.temperature};
  if (!o.standardise) return losses::kd_loss(in.student.logits, in.teacher.logits, options);
  return losses::kd_loss(losses::standardized_logits(in.student.logits), losses::standardized_logits(in.teacher.logits),
                         options);
}

at::Tensor skd_value(const SkdTerm& o, const TermInputs& in) {
  auto sum = at::zeros({}, in.student.logits.options());
  if (o.instance_weight > 0)
    sum = sum + o.instance_weight *
                    losses::skd_instance_loss(in.student.logits, in.teacher.logits, {.temperature = o.temperature});
  if (o.direction_weight > 0)
    sum = sum + o.direction_weight *
                    losses::skd_direction_loss(in.student.logits, in.teacher.logits, {.tikhonov = o.tikhonov});
  return sum;
}

using LogitLoss = std::function<at::Tensor(const TermInputs&)>;

/// A term over the logits of both networks.
LossTerm logit_term(const char* name, double weight, LogitLoss loss) {
  auto value = [loss = std::move(loss)](const TermInputs& in, const nn::Scope&, AfterBackward&) { return loss(in); };
  return {.name = name, .weight = weight, .student_logits = true, .teacher_logits = true, .value = std::move(value)};
}

LossTerm cross_entropy_term(const CrossEntropyTerm& o) {
  auto term = logit_term("ce", o.weight, [o](const TermInputs& in) { return cross_entropy_of(in, o.label_smoothing); });
  term.teacher_logits = term.uses_teacher = false;
  term.reads_labels = true;
  return term;
}

LossTerm dkd_term(const DkdTerm& o) {
  auto term = logit_term("dkd", o.weight, [o](const TermInputs& in) {
    return losses::dkd_loss(in.student.logits, in.teacher.logits, in.labels,
                            {.alpha = o.alpha, .beta = o.beta, .temperature = o.temperature});
  });
  term.warm_up_epochs = o.warm_up_epochs;
  term.needs_plain_labels = true;
  return term;
}
}  // namespace

void add_logit_terms(const TermContext& context) {
  const auto& options = context.options;
  auto& terms = context.terms;
  if (options.ce.weight > 0) terms.push_back(cross_entropy_term(options.ce));
  if (options.kd.weight > 0) {
    terms.push_back(
        logit_term("kd", options.kd.weight, [o = options.kd](const TermInputs& in) { return kd_value(o, in); }));
    terms.back().sees_extra = true;
  }
  if (options.dkd.weight > 0) terms.push_back(dkd_term(options.dkd));
  if (options.dist.weight > 0)
    terms.push_back(logit_term("dist", options.dist.weight, [o = options.dist](const TermInputs& in) {
      return losses::dist_loss(in.student.logits, in.teacher.logits,
                               {.beta = o.beta, .gamma = o.gamma, .temperature = o.temperature});
    }));
  if (options.skd.weight > 0)
    terms.push_back(
        logit_term("skd", options.skd.weight, [o = options.skd](const TermInputs& in) { return skd_value(o, in); }));
}

}  // namespace retort::model
