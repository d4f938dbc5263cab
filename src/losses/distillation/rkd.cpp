#include "losses/distillation/rkd.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

constexpr double smallest_squared_distance = 1e-12;

void require_embeddings(const at::Tensor& student, const at::Tensor& teacher) {
  require_shapes("rkd", {{"student embedding", student, "[B,D]"}, {"teacher embedding", teacher, "[B,E]"}});
}

/// [B,D] -> [B,B], divided by the mean over different samples.
at::Tensor relative_distances(const at::Tensor& embedding, bool squared) {
  const at::Tensor squares = embedding.square().sum(1);
  const at::Tensor products = at::matmul(embedding, embedding.t());
  at::Tensor distances =
      (squares.unsqueeze(1) + squares.unsqueeze(0) - 2 * products).clamp_min(smallest_squared_distance);
  if (!squared) distances = distances.sqrt();
  const int64_t batch = embedding.size(0);
  distances = distances.masked_fill(at::eye(batch, distances.options().dtype(at::kBool)), 0);
  const auto pairs = static_cast<double>(std::max<int64_t>(batch * (batch - 1), 1));
  return distances / (distances.sum() / pairs).clamp_min(smallest_squared_distance);
}

/// [B,D] -> [B,B,B] cosines at the first of the three samples.
at::Tensor angle_cosines(const at::Tensor& embedding) {
  const at::Tensor directions = unit_or_zero(embedding.unsqueeze(0) - embedding.unsqueeze(1));
  return at::bmm(directions, directions.transpose(1, 2));
}

}  // namespace

at::Tensor rkd_distance_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding,
                             const RkdDistanceOptions& options) {
  require_embeddings(student_embedding, teacher_embedding);
  return at::smooth_l1_loss(relative_distances(student_embedding, options.squared),
                            relative_distances(teacher_embedding, options.squared));
}

at::Tensor rkd_angle_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding) {
  require_embeddings(student_embedding, teacher_embedding);
  return at::smooth_l1_loss(angle_cosines(student_embedding), angle_cosines(teacher_embedding));
}

at::Tensor rkd_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding,
                    const RkdOptions& options) {
  return options.distance_weight * rkd_distance_loss(student_embedding, teacher_embedding) +
         options.angle_weight * rkd_angle_loss(student_embedding, teacher_embedding);
}

}  // namespace retort::losses

namespace retort {

void register_rkd(Registries& registries) {
  constexpr const char* source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/RKD.py rkd_loss";
  registries.parity.add("model.rkd.distance_loss",
                        losses::parity_of_pair({.summary = "distances between the samples of a batch",
                                                .source = source,
                                                .name = "embedding",
                                                .student_pattern = "[B,D]",
                                                .teacher_pattern = "[B,E]",
                                                .options = {"squared"},
                                                .loss = [](const auto& call, const auto& student, const auto& teacher) {
                                                  return losses::rkd_distance_loss(
                                                      student, teacher, {.squared = call.flag("squared", false)});
                                                }}));
  registries.parity.add("model.rkd.angle_loss",
                        losses::parity_of_pair({.summary = "angles between triples of samples",
                                                .source = source,
                                                .name = "embedding",
                                                .student_pattern = "[B,D]",
                                                .teacher_pattern = "[B,E]",
                                                .loss = [](const auto&, const auto& student, const auto& teacher) {
                                                  return losses::rkd_angle_loss(student, teacher);
                                                }}));
  registries.parity.add(
      "model.rkd.loss",
      losses::parity_of_pair({.summary = "distances and angles between samples",
                              .source = source,
                              .name = "embedding",
                              .student_pattern = "[B,D]",
                              .teacher_pattern = "[B,E]",
                              .options = {"distance_weight", "angle_weight"},
                              .loss = [](const auto& call, const auto& student, const auto& teacher) {
                                losses::RkdOptions options;
                                options.distance_weight = call.number("distance_weight", options.distance_weight);
                                options.angle_weight = call.number("angle_weight", options.angle_weight);
                                return losses::rkd_loss(student, teacher, options);
                              }}));
}

}  // namespace retort
