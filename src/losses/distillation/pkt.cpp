#include "losses/distillation/pkt.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"

namespace retort::losses {

namespace {

constexpr double pkt_epsilon = 1e-7;

at::Tensor neighbour_probabilities(const at::Tensor& embedding) {
  const at::Tensor directions = embedding / (embedding.norm(2, {1}, true) + pkt_epsilon);
  const at::Tensor affinities = (at::matmul(directions, directions.t()) + 1) / 2;
  return affinities / affinities.sum({1}, true);
}

}  // namespace

at::Tensor pkt_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding) {
  require_shapes(
      "pkt", {{"student embedding", student_embedding, "[B,D]"}, {"teacher embedding", teacher_embedding, "[B,E]"}});
  const at::Tensor student = neighbour_probabilities(student_embedding),
                   teacher = neighbour_probabilities(teacher_embedding);
  return (teacher * at::log((teacher + pkt_epsilon) / (student + pkt_epsilon))).mean();
}

}  // namespace retort::losses

namespace retort {

void register_pkt(Registries& registries) {
  registries.parity.add(
      "model.pkt.loss",
      losses::parity_of_pair({.summary = "probabilities of being neighbours within the batch",
                              .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/PKT.py pkt_loss",
                              .name = "embedding",
                              .student_pattern = "[B,D]",
                              .teacher_pattern = "[B,E]",
                              .loss = [](const auto&, const auto& student, const auto& teacher) {
                                return losses::pkt_loss(student, teacher);
                              }}));
}

}  // namespace retort
