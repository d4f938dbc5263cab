#include "losses/distillation/sskd.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/registries.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

constexpr int64_t views = 4;  // an original and its three rotations

void require_views(const at::Tensor& rows) {
  if (rows.size(0) % views != 0) {
    user_error("sskd: {} rows; each image comes with its 3 rotations, so it should be a multiple of 4", rows.size(0));
  }
}

/// [4N,D] -> [N,D].
at::Tensor originals(const at::Tensor& rows) { return rows.unflatten(0, {-1, views}).select(1, 0); }

/// [4N,D] -> [3N,D].
at::Tensor rotations(const at::Tensor& rows) {
  return rows.unflatten(0, {-1, views}).narrow(1, 1, views - 1).flatten(0, 1);
}

/// [N] -> [3N], what belongs to the rotations of each image.
at::Tensor for_rotations(const at::Tensor& of_images) { return of_images.repeat_interleave(views - 1); }

/// [4N,D] -> [3N,N].
at::Tensor cosines_to_originals(const at::Tensor& head) {
  return at::matmul(unit_or_zero(rotations(head)), unit_or_zero(originals(head)).t());
}

at::Tensor own_originals(const at::Tensor& head) {
  return for_rotations(at::arange(head.size(0) / views, head.options().dtype(at::kLong)));
}

/// Indices of the rows [R,K] that are kept, by the rank of entry truth[r] among the entries of row r.
at::Tensor kept_rows(const at::Tensor& rows, const at::Tensor& truth, double ratio) {
  const at::Tensor ranks = rows.gt(rows.gather(1, truth.unsqueeze(1))).sum(1);
  const int64_t wrong = ranks.gt(0).sum().item<int64_t>();
  const int64_t kept = ranks.size(0) - wrong + static_cast<int64_t>(static_cast<double>(wrong) * ratio);
  return std::get<1>(ranks.sort(/*stable=*/true, 0, /*descending=*/false)).narrow(0, 0, kept);
}

/// temperature^2 KL over the kept rows.
at::Tensor kept_divergence(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& kept,
                           double temperature) {
  if (kept.size(0) == 0) return at::zeros({}, student.options());
  return temperature * temperature *
         softened_divergence(student.index_select(0, kept), teacher.index_select(0, kept), temperature);
}

}  // namespace

at::Tensor sskd_head_loss(const at::Tensor& head) {
  require_shapes("sskd", {{"head", head, "[R,D]"}});
  require_views(head);
  return at::cross_entropy_loss(cosines_to_originals(head), own_originals(head));
}

at::Tensor sskd_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const at::Tensor& student_head,
                     const at::Tensor& teacher_head, const at::Tensor& labels, const SskdOptions& options) {
  require_shapes("sskd", {{"student logits", student_logits, "[R,C]"},
                          {"teacher logits", teacher_logits, "[R,C]"},
                          {"student head", student_head, "[R,D]"},
                          {"teacher head", teacher_head, "[R,E]"}});
  require_views(student_logits);
  const at::Tensor student_originals = originals(student_logits);
  require_shapes("sskd", {{"logits of the originals", student_originals, "[N,C]"}, {"labels", labels, "[N]"}});

  const at::Tensor student_cosines = cosines_to_originals(student_head),
                   teacher_cosines = cosines_to_originals(teacher_head), teacher_rotations = rotations(teacher_logits);
  const at::Tensor kept_heads = kept_rows(teacher_cosines, own_originals(teacher_head), options.ss_ratio),
                   kept_logits = kept_rows(teacher_rotations, for_rotations(labels), options.tf_ratio);
  return options.w_ce * at::cross_entropy_loss(student_originals, labels) +
         options.w_kl * kd_loss(student_originals, originals(teacher_logits), {.temperature = options.kl_temperature}) +
         options.w_ss * kept_divergence(student_cosines, teacher_cosines, kept_heads, options.ss_temperature) +
         options.w_tf *
             kept_divergence(rotations(student_logits), teacher_rotations, kept_logits, options.tf_temperature);
}

namespace {

SskdOptions sskd_parity_options(const run::ParityCall& call) {
  SskdOptions options;
  options.kl_temperature = call.number("kl_temperature", options.kl_temperature);
  options.ss_temperature = call.number("ss_temperature", options.ss_temperature);
  options.tf_temperature = call.number("tf_temperature", options.tf_temperature);
  options.ss_ratio = call.number("ss_ratio", options.ss_ratio);
  options.tf_ratio = call.number("tf_ratio", options.tf_ratio);
  options.w_ce = call.number("w_ce", options.w_ce);
  options.w_kl = call.number("w_kl", options.w_kl);
  options.w_ss = call.number("w_ss", options.w_ss);
  options.w_tf = call.number("w_tf", options.w_tf);
  return options;
}

}  // namespace

}  // namespace retort::losses

namespace retort {

void register_sskd(Registries& registries) {
  registries.parity.add(
      "model.sskd.loss",
      {.summary = "logits of images and rotations, and how alike their self-supervised heads are",
       .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py SSKDLoss",
       .inputs = {{"student_logits", "[R,C]"},
                  {"teacher_logits", "[R,C]"},
                  {"student_ss", "[R,D]"},
                  {"teacher_ss", "[R,E]"},
                  {"labels", "[N]", "i64"}},
       .options = {"kl_temperature", "ss_temperature", "tf_temperature", "ss_ratio", "tf_ratio", "w_ce", "w_kl", "w_ss",
                   "w_tf"},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         call.output("value", losses::sskd_loss(call.input("student_logits"), call.input("teacher_logits"),
                                                call.input("student_ss"), call.input("teacher_ss"),
                                                call.input("labels"), losses::sskd_parity_options(call)));
       }});
}

}  // namespace retort
