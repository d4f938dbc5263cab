#include "losses/distillation/nd_loss.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/norms.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

constexpr double shortest_embedding = 1e-12;

/// 1 / lengths, 0 where they vanish.
at::Tensor inverse_or_zero(const at::Tensor& lengths) {
  return at::where(lengths.gt(shortest_embedding), lengths.clamp_min(shortest_embedding).reciprocal(),
                   at::zeros({}, lengths.options()));
}

}  // namespace

at::Tensor nd_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding,
                   const at::Tensor& class_means, const at::Tensor& labels, const NdOptions& options) {
  require_shapes("nd", {{"student embedding", student_embedding, "[B,D]"},
                        {"teacher embedding", teacher_embedding, "[B,D]"},
                        {"class means", class_means, "[K,D]"},
                        {"labels", labels, "[B]"}});
  const at::Tensor own = student_embedding.norm(2, {1});
  if (options.form == NdForm::norm) return options.weight * (own - (own.detach() + options.norm_step)).square().mean();
  const at::Tensor directions = unit_or_zero(class_means).index_select(0, labels);
  at::Tensor length = own;
  if (options.form == NdForm::norm_and_direction) {
    const at::Tensor teachers = teacher_embedding.norm(2, {1});
    length = at::where(teachers.gt(own), teachers, own);
  }
  return options.weight * (1 - (student_embedding * directions).sum(1) * inverse_or_zero(length)).mean();
}

at::Tensor nd_projection(const nn::Scope& scope, const at::Tensor& student_embedding, int64_t teacher_width) {
  constexpr double dropped = 0.5;
  const at::Tensor normalised = nn::dropout(scope / "1", nn::batch_norm(scope / "0", student_embedding), dropped);
  const double bound = 1 / std::sqrt(static_cast<double>(student_embedding.size(1)));
  return nn::linear(scope / "2", normalised,
                    {.out_features = teacher_width, .initialiser = nn::Initialiser::uniform(bound)});
}

}  // namespace retort::losses

namespace retort {

void register_nd_loss(Registries& registries) {
  registries.parity.add(
      "model.nd_loss.loss",
      {.summary = "student embedding along the teacher's class mean, in units of the longer embedding",
       .source = "WangYZ1608/Knowledge-Distillation-via-ND @fc6f3f9, CIFAR/utils.py DirectNormLoss",
       .inputs = {{"student_embedding", "[B,D]"},
                  {"teacher_embedding", "[B,D]"},
                  {"class_means", "[K,D]"},
                  {"labels", "[B]", "i64"}},
       .options = {"weight"},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         losses::NdOptions options;
         options.weight = call.number("weight", options.weight);
         call.output("value", losses::nd_loss(call.input("student_embedding"), call.input("teacher_embedding"),
                                              call.input("class_means"), call.input("labels"), options));
       }});
}

}  // namespace retort
