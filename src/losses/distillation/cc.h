// Correlation congruence (Peng et al. 2019). Both embeddings are learned in training, so both have gradients.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace retort::losses {

/// |s - t| of neighbouring samples multiplied: mean over i of sum_k |s_i - t_i|_k |s_i+1 - t_i+1|_k. [B,D] both -> [];
/// a batch of one has no neighbours and loses 0. Source: RepDistiller, distiller_zoo/CC.py Correlation, the form behind
/// the published numbers (the paper's own is cc_kernel_loss).
at::Tensor cc_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding);

enum class CorrelationKernel { gaussian, bilinear };
std::vector<std::string> choices(CorrelationKernel kernel);

struct CcKernelOptions {
  CorrelationKernel kernel = CorrelationKernel::gaussian;
  double gamma = 0.4;  ///< inverse width of the Gaussian kernel; > 0
  int64_t max_p = 2;   ///< highest power of the Taylor series of the Gaussian kernel; >= 0
};

/// Kernel values between the samples of a batch, [B,B]; Frobenius norm (not squared) of their difference over B^2.
/// Gaussian: exp(-2 gamma) sum_p (2 gamma)^p / p! (e_i . e_j)^p, which is the kernel of unit vectors; bilinear: e_i .
/// e_j. [B,D] both -> []. Source: paper; torchdistill, losses/mid_level.py CCKDLoss.
at::Tensor cc_kernel_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding,
                          const CcKernelOptions& options = {});

}  // namespace retort::losses
