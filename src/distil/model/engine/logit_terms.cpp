#include <ATen/ATen.h>

#include "data/sets/sample.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/dist.h"
#include "losses/distillation/dkd.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/logit_standardization.h"
#include "losses/distillation/skd.h"

namespace retort::model {

namespace {
/// Logits [B,K] as they are, [B,K,H,W] as a row for every pixel [B H W,K].
at::Tensor rows_of(const at::Tensor& logits) { return logits.movedim(1, -1).flatten(0, -2); }

/// Mean over the pixels that count; 0 where none does.
at::Tensor pixel_cross_entropy(const at::Tensor& logits, const at::Tensor& labels, double smoothing) {
  const auto sum = at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum, data::void_class, smoothing);
  return sum / labels.ne(data::void_class).sum().clamp_min(1);
}

at::Tensor cross_entropy_of(const TermInputs& in, double smoothing) {
  if (in.labels.dim() == 3) return pixel_cross_entropy(in.student.logits, in.labels, smoothing);
  const auto with = [&](const at::Tensor& labels) {
    return at::cross_entropy_loss(in.student.logits, labels, {}, at::Reduction::Mean, -100, smoothing);
  };
  if (!in.partner_labels.defined()) return with(in.labels);
  return in.lambda * with(in.labels) + (1 - in.lambda) * with(in.partner_labels);
}

at::Tensor kd_value(const KdTerm& o, const TermInputs& in) {
  const losses::KdOptions options{.temperature = o.temperature};
  const auto student = rows_of(in.student.logits), teacher = rows_of(in.teacher.logits);
  if (!o.standardise) return losses::kd_loss(student, teacher, options);
  return losses::kd_loss(losses::standardized_logits(student), losses::standardized_logits(teacher), options);
}

at::Tensor dist_value(const DistTerm& o, const TermInputs& in) {
  if (in.student.logits.dim() == 4)
    return o.temperature * o.temperature *
           losses::dist_segmentation_loss(in.student.logits / o.temperature, in.teacher.logits / o.temperature,
                                          {.beta = o.beta, .gamma = o.gamma});
  return losses::dist_loss(in.student.logits, in.teacher.logits,
                           {.beta = o.beta, .gamma = o.gamma, .temperature = o.temperature});
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

/// As WangYZ1608/Knowledge-Distillation-via-ND warms up what its own term stands beside: epochs count from 0.
LossTerm warmed_up(LossTerm term, double epochs) {
  term.warm_up_epochs = epochs;
  term.warm_up_from_zero = true;
  return term;
}

/// The same with a row for every pixel of label maps (Liu et al., "Structured Knowledge Distillation for Semantic
/// Segmentation", 2019, pixel-wise distillation; void pixels have a teacher's opinion as well).
LossTerm pixel_or_picture_term(const char* name, double weight, LogitLoss loss) {
  auto term = logit_term(name, weight, std::move(loss));
  term.takes_maps = true;
  return term;
}

LossTerm cross_entropy_term(const CrossEntropyTerm& o) {
  auto term = pixel_or_picture_term("ce", o.weight,
                                    [o](const TermInputs& in) { return cross_entropy_of(in, o.label_smoothing); });
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

LossTerm logit_term(const char* name, double weight, LogitLoss loss) {
  auto value = [loss = std::move(loss)](const TermInputs& in, const nn::Scope&, AfterBackward&) { return loss(in); };
  return {.name = name, .weight = weight, .student_logits = true, .teacher_logits = true, .value = std::move(value)};
}

void add_logit_terms(const TermContext& context) {
  const auto& options = context.options;
  auto& terms = context.terms;
  if (options.ce.weight > 0) terms.push_back(cross_entropy_term(options.ce));
  if (options.kd.weight > 0) {
    terms.push_back(warmed_up(pixel_or_picture_term("kd", options.kd.weight,
                                                    [o = options.kd](const TermInputs& in) { return kd_value(o, in); }),
                              options.kd.warm_up_epochs));
    terms.back().sees_extra = true;
  }
  if (options.dkd.weight > 0) terms.push_back(dkd_term(options.dkd));
  if (options.dist.weight > 0)
    terms.push_back(
        warmed_up(pixel_or_picture_term("dist", options.dist.weight,
                                        [o = options.dist](const TermInputs& in) { return dist_value(o, in); }),
                  options.dist.warm_up_epochs));
  if (options.skd.weight > 0)
    terms.push_back(
        logit_term("skd", options.skd.weight, [o = options.skd](const TermInputs& in) { return skd_value(o, in); }));
}

}  // namespace retort::model
