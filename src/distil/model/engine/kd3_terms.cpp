#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"
#include "distil/model/engine/term_fields.h"
#include "losses/distillation/kd3.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/nt_xent.h"
#include "nn/layers.h"

namespace retort::model {

void fields(OptionVisitor& v, Kd3Term& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("contrast_weight", o.contrast_weight, "of the contrast with mixed distributions; 0: none are mixed", {.min = 0});
  v("temperature", o.temperature, "of the contrast's cosines", {.min = least_temperature});
  v("dimensions", o.dimensions, "of the embeddings that are contrasted", {.min = 1, .max = 4096});
}

namespace {
struct Kd3Taps {
  bool student_transfers = false;  ///< the student has transfer and classifier itself
  std::string student_map, teacher_map, teacher_classifier;
};

struct Kd3Compared {
  losses::Kd3Maps maps;
  at::Tensor student_logits;
};

Kd3Compared kd3_compared(const Kd3Taps& taps, const TermInputs& in, const nn::Scope& scope) {
  const auto& teacher_map = in.teacher.taps->at(taps.teacher_map);
  if (taps.student_transfers) {
    const auto [student, teacher] = losses::averaged_to_smaller(in.student.taps->at("transfer"), teacher_map);
    return {.maps = {.student = student, .teacher = teacher}, .student_logits = in.student.logits};
  }
  if (in.teacher.weights == nullptr) user_error("loss.kd3: needs a teacher with weights of its own");
  const auto classifier = [&](const char* part) { return in.teacher.weights->find(taps.teacher_classifier + part); };
  const auto maps = losses::kd3_transfer(scope, in.student.taps->at(taps.student_map), teacher_map);
  return {.maps = maps,
          .student_logits = losses::shared_classifier_logits(maps.student, classifier(".weight"), classifier(".bias"))};
}

/// Rows 0, views, 2 views ...: the pictures; `view` 1: what distributions were mixed in.
at::Tensor kd3_view(const at::Tensor& rows, int64_t views, int64_t view = 0) {
  return rows.slice(0, view, rows.size(0), views);
}

at::Tensor kd3_contrast(const Kd3Term& o, const nn::Scope& scope, const at::Tensor& map) {
  const auto embedded = losses::unit_or_zero(nn::linear(scope, map.mean({2, 3}), {.out_features = o.dimensions}));
  return losses::nt_xent_loss(kd3_view(embedded, 2), kd3_view(embedded, 2, 1), {.temperature = o.temperature});
}

at::Tensor kd3_value(const Kd3Term& o, const Kd3Taps& taps, const TermInputs& in, const nn::Scope& scope) {
  const auto compared = kd3_compared(taps, in, scope);
  const auto pictures = [&](const at::Tensor& rows) { return kd3_view(rows, in.views); };
  const auto features =
      losses::kd3_weighted_feature_loss(pictures(compared.maps.student), pictures(compared.maps.teacher),
                                        pictures(compared.student_logits), pictures(in.teacher.logits));
  if (o.contrast_weight <= 0) return features.value;
  return features.value +
         o.contrast_weight * (kd3_contrast(o, scope / "student_embedding", in.student.taps->at(taps.student_map)) +
                              kd3_contrast(o, scope / "teacher_embedding", in.teacher.taps->at(taps.teacher_map)));
}
}  // namespace

void add_kd3_terms(const TermContext& context) {
  const auto& options = context.options.kd3;
  if (options.weight <= 0) return;
  if (context.teacher == nullptr)
    user_error("loss.kd3: needs a teacher that runs as a network; this one's maps are not known");
  const Kd3Taps taps{.student_transfers = context.student.borrows_classifier,
                     .student_map = last_stage_tap(context.student).front(),
                     .teacher_map = last_stage_tap(*context.teacher).front(),
                     .teacher_classifier = context.teacher->classifier};
  LossTerm term{.name = "kd3", .weight = options.weight, .teacher_logits = true};
  term.student_taps = {taps.student_map};
  if (taps.student_transfers) term.student_taps.push_back("transfer");
  term.student_logits = taps.student_transfers;
  term.teacher_taps = {taps.teacher_map};
  term.teacher_weights = true;
  if (options.contrast_weight > 0) term.batch_transform = "mixed_distributions";
  term.value = [options, taps](const TermInputs& in, const nn::Scope& scope, AfterBackward&) {
    return kd3_value(options, taps, in, scope);
  };
  context.terms.push_back(std::move(term));
}

}  // namespace retort::model
