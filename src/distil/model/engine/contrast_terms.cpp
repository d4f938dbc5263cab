#include <ATen/ATen.h>

#include <memory>

#include "core/errors.h"
#include "distil/model/engine/contrast_samples.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/crd.h"

namespace retort::model {

namespace {
/// Sorts the training set by class when it is first met: all batches of a term are of one set.
class SetInOrder {
 public:
  const ContrastSamples& of(const std::vector<int64_t>* labels_of_set) {
    RT_CHECK(labels_of_set != nullptr, "crd needs the classes of the training set");
    if (!samples_) samples_ = std::make_unique<ContrastSamples>(*labels_of_set);
    return *samples_;
  }

 private:
  std::unique_ptr<ContrastSamples> samples_;
};

at::Tensor crd_value(const CrdTerm& o, const ContrastSamples& set, const TermInputs& in, const nn::Scope& scope,
                     const at::Tensor& student, const at::Tensor& teacher, AfterBackward& after_backward) {
  const auto samples = static_cast<int64_t>(in.labels_of_set->size());
  const auto start = nn::Initialiser::uniform(losses::crd_memory_bound(o.dimensions));
  const losses::CrdMemory memory = {scope.buffer("memory_student", {samples, o.dimensions}, start),
                                    scope.buffer("memory_teacher", {samples, o.dimensions}, start)};
  // 0: not fixed yet, which the first batch does.
  auto z = scope.buffer("z", {2}, nn::Initialiser::zeros());
  const double z_student = z[0].item<double>(), z_teacher = z[1].item<double>();
  const auto result = losses::crd_loss(scope, student, teacher, in.sample_index,
                                       set.draw(in.sample_index, o.negatives, in.random.child("contrast")), memory,
                                       {.temperature = o.temperature,
                                        .momentum = o.momentum,
                                        .z_student = z_student > 0 ? z_student : -1,
                                        .z_teacher = z_teacher > 0 ? z_teacher : -1});
  after_backward.push_back([memory, z, result, seen = in.sample_index]() mutable {
    const at::NoGradGuard no_grad;
    z.copy_(result.z);
    memory.student.index_copy_(0, seen, result.updated_rows.student);
    memory.teacher.index_copy_(0, seen, result.updated_rows.teacher);
  });
  return result.loss;
}
}  // namespace

void add_contrast_terms(const TermContext& context) {
  const auto& options = context.options.crd;
  if (options.weight <= 0) return;
  const auto pairs = tap_pairs(context, "crd", options.taps, pooled_tap);
  if (pairs.student.size() != 1)
    user_error("loss.crd.taps: {} pairs; one would be right: it has one memory", pairs.student.size());
  auto term = tapped_term_with_update(
      pairs, options.weight,
      [o = options, set = std::make_shared<SetInOrder>()](const TermInputs& in, const nn::Scope& scope,
                                                          const Maps& student, const Maps& teacher,
                                                          AfterBackward& after_backward) {
        return crd_value(o, set->of(in.labels_of_set), in, scope, student[0], teacher[0], after_backward);
      });
  term.needs_plain_labels = true;
  context.terms.push_back(std::move(term));
}

}  // namespace retort::model
