#include "losses/distillation/cc.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/registries.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

void require_embedding_pair(const at::Tensor& student, const at::Tensor& teacher) {
  require_shapes("cc", {{"student embedding", student, "[B,D]"}, {"teacher embedding", teacher, "[B,D]"}});
}

at::Tensor kernel_values(const at::Tensor& embedding, const CcKernelOptions& options) {
  const at::Tensor products = at::matmul(embedding, embedding.t());
  if (options.kernel == CorrelationKernel::bilinear) return products;
  at::Tensor power = at::ones_like(products), sum = power;
  double factor = 1;
  for (int64_t p = 1; p <= options.max_p; ++p) {
    factor *= 2 * options.gamma / static_cast<double>(p);
    power = power * products;
    sum = sum + factor * power;
  }
  return std::exp(-2 * options.gamma) * sum;
}

}  // namespace

std::vector<std::string> choices(CorrelationKernel) { return {"gaussian", "bilinear"}; }

at::Tensor cc_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding) {
  require_embedding_pair(student_embedding, teacher_embedding);
  const at::Tensor difference = (student_embedding - teacher_embedding).abs();
  const int64_t neighbours = difference.size(0) - 1;
  return (difference.narrow(0, 0, neighbours) * difference.narrow(0, 1, neighbours)).sum() /
         static_cast<double>(std::max<int64_t>(neighbours, 1));
}

at::Tensor cc_kernel_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding,
                          const CcKernelOptions& options) {
  require_embedding_pair(student_embedding, teacher_embedding);
  const auto batch = static_cast<double>(student_embedding.size(0));
  return (kernel_values(student_embedding, options) - kernel_values(teacher_embedding, options)).norm() /
         (batch * batch);
}

}  // namespace retort::losses

namespace retort {

void register_cc(Registries& registries) {
  registries.parity.add(
      "model.cc.loss",
      losses::parity_of_pair({.summary = "products of the deviations of neighbouring samples",
                              .source = "HobbitLong/RepDistiller @b84f547, distiller_zoo/CC.py Correlation",
                              .name = "embedding",
                              .student_pattern = "[B,D]",
                              .teacher_pattern = "[B,D]",
                              .loss = [](const auto&, const auto& student, const auto& teacher) {
                                return losses::cc_loss(student, teacher);
                              }}));
  registries.parity.add(
      "model.cc.kernel_loss",
      losses::parity_of_pair(
          {.summary = "kernel values between the samples of a batch",
           .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py CCKDLoss",
           .name = "embedding",
           .student_pattern = "[B,D]",
           .teacher_pattern = "[B,D]",
           .options = {"kernel", "gamma", "max_p"},
           .loss = [](const auto& call, const auto& student, const auto& teacher) {
             losses::CcKernelOptions options;
             options.kernel = nn::choice_of<losses::CorrelationKernel>(call, "kernel", "gaussian");
             options.gamma = call.number("gamma", options.gamma);
             options.max_p = call.integer("max_p", options.max_p);
             return losses::cc_kernel_loss(student, teacher, options);
           }}));
}

}  // namespace retort
