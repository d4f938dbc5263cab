#include "losses/distillation/kd3_selection.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/registries.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

double selection_teacher_weight(int64_t epoch, const SelectionSchedule& schedule) {
  if (epoch >= schedule.max_epoch) return 0;
  const double left = static_cast<double>(epoch + 1) / static_cast<double>(schedule.length) - 1;
  return 1 - std::exp(-5 * left * left);
}

SelectedSamples select_samples(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                               const SelectionOptions& options) {
  require_shapes("kd3", {{"student logits", student_logits, "[N,C]"}, {"teacher logits", teacher_logits, "[N,C]"}});
  const at::NoGradGuard no_grad;
  const at::Tensor logits = options.alpha * teacher_logits + (1 - options.alpha) * student_logits;
  const auto [confidence, pseudo_class] = at::softmax(logits, 1).max(1);
  const at::Tensor counts = at::bincount(pseudo_class, {}, logits.size(1)).to(logits.scalar_type());
  const at::Tensor share = counts / counts.max();
  const at::Tensor threshold = options.p_cutoff * share / (2 - share);
  at::Tensor keep = confidence.gt(threshold.index_select(0, pseudo_class));
  const int64_t least = std::min(options.at_least, keep.numel());
  if (keep.sum().item<int64_t>() < least) {
    keep = at::zeros_like(keep).index_fill(0, std::get<1>(confidence.topk(least)), true);
  }
  return {.keep = keep, .threshold = threshold, .confidence = confidence, .pseudo_class = pseudo_class};
}

}  // namespace retort::losses

namespace retort {

void register_kd3_selection(Registries& registries) {
  registries.parity.add("model.kd3.mix_weight",
                        {.summary = "share of the teacher's logits in the selection, falling over the epochs",
                         .source = "tangjialiang97/KD3 @91e2d4c, KDDD/helper/util.py time_d",
                         .inputs = {{"epoch", "[N]", "i64"}},
                         .options = {"max_epoch"},
                         .outputs = {{"value", "[N]"}},
                         .run = [](run::ParityCall& call) {
                           losses::SelectionSchedule schedule;
                           schedule.max_epoch = call.integer("max_epoch", schedule.max_epoch);
                           const at::Tensor epochs = call.input("epoch").contiguous();
                           at::Tensor shares = at::empty(epochs.sizes(), at::kDouble);
                           for (int64_t index = 0; index < epochs.numel(); ++index) {
                             shares.data_ptr<double>()[index] =
                                 losses::selection_teacher_weight(epochs.data_ptr<int64_t>()[index], schedule);
                           }
                           call.output("value", shares);
                         }});
  registries.parity.add("model.kd3.select_samples",
                        {.summary = "the foreign samples to learn from, by thresholds per class",
                         .source = "tangjialiang97/KD3 @91e2d4c, KDDD/dataset/I32.py train_loader_select",
                         .inputs = {{"student_logits", "[N,C]"}, {"teacher_logits", "[N,C]"}},
                         .options = {"alpha", "p_cutoff"},
                         .outputs = {{"keep", "[N]", "bool"},
                                     {"threshold", "[C]"},
                                     {"confidence", "[N]"},
                                     {"pseudo_class", "[N]", "i64"}},
                         .run = [](run::ParityCall& call) {
                           losses::SelectionOptions options;
                           options.alpha = call.number("alpha", options.alpha);
                           options.p_cutoff = call.number("p_cutoff", options.p_cutoff);
                           const auto selected = losses::select_samples(call.input("student_logits"),
                                                                        call.input("teacher_logits"), options);
                           call.output("keep", selected.keep);
                           call.output("threshold", selected.threshold);
                           call.output("confidence", selected.confidence);
                           call.output("pseudo_class", selected.pseudo_class);
                         }});
}

}  // namespace retort
