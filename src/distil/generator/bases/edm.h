// The preconditioned denoiser of EDM and its noise schedules (Karras et al., "Elucidating the Design Space of
// Diffusion-Based Generative Models", NeurIPS 2022). x_t = x_0 + sigma noise.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::generator {

/// Factors around a raw network F at noise levels sigma [B]: D(x) = c_skip x + c_out F(c_in x, c_noise). Table 1.
struct EdmCoefficients {
  at::Tensor c_skip, c_out, c_in, c_noise;  ///< each as sigma
};
EdmCoefficients edm_coefficients(const at::Tensor& sigma, double sigma_data);

/// Noise levels sigma = exp(p_mean + p_std normal) of normal draws, and the loss weight
/// (sigma^2 + sigma_data^2) / (sigma sigma_data)^2, both as `normal`. Equation 6 and table 1.
struct EdmNoise {
  at::Tensor sigma, weight;
};
EdmNoise edm_training_noise(const at::Tensor& normal, double p_mean, double p_std, double sigma_data);

struct SigmaScheduleOptions {
  int64_t steps = 18;  ///< >= 2
  double sigma_min = 0.002, sigma_max = 80.0, rho = 7.0;
};

/// Falling noise levels [steps + 1], the last is 0. Equation 5.
at::Tensor sigma_schedule(const SigmaScheduleOptions& options, const at::TensorOptions& like);

/// sigma(t) of the variance-preserving process with beta(t) = beta_min + beta_d t, and its inverse. Table 1.
at::Tensor vp_sigma(const at::Tensor& t, double beta_d, double beta_min);
at::Tensor vp_time(const at::Tensor& sigma, double beta_d, double beta_min);

}  // namespace retort::generator
