// TrigFlow: x_t = cos(t) x_0 + sin(t) noise with t in [0, pi/2], and rectified-flow networks seen through it
// (Lu and Song, "Simplifying, Stabilizing and Scaling Continuous-Time Consistency Models", ICLR 2025; NVlabs/rcm).
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace retort::generator {

/// A raw rectified-flow network v(x [B,D], noise level [B]) -> [B,D], which predicts noise - x_0.
using FlowNetwork = std::function<at::Tensor(const at::Tensor& x, const at::Tensor& noise_level)>;

/// Factors around the raw network at TrigFlow times t [B], each [B]: x_0 = c_skip x + c_out v(c_in x, c_noise).
/// Source: NVlabs/rcm, rcm/utils/denoiser_scaling.py, RectifiedFlow_TrigFlowWrapper.
struct TrigFlowCoefficients {
  at::Tensor c_skip, c_out, c_in, c_noise;
};
TrigFlowCoefficients trigflow_coefficients(const at::Tensor& t, double t_scaling_factor);

/// Velocity F = (cos(t) x - x_0) / sin(t) from a network's output.
struct TrigFlowPrediction {
  at::Tensor x0, velocity;  ///< [B,D]
};
TrigFlowPrediction trigflow_prediction(const at::Tensor& x, const at::Tensor& t, const at::Tensor& network_output,
                                       double t_scaling_factor);

struct TrigFlowTangent {
  at::Tensor velocity;  ///< [B,D] of the student
  at::Tensor tangent;   ///< [B,D] cos(t) sin(t) dF/dt along dx/dt = F_teacher
};

/// One forward-mode pass with tangents cos(t) sin(t) F_teacher and cos(t) sin(t), folded in so that nothing blows up at
/// the ends of the interval. Source: NVlabs/rcm, rcm/models/t2v_model_distill_rcm.py, student_F_withT.
TrigFlowTangent trigflow_tangent(const FlowNetwork& student, const at::Tensor& x, const at::Tensor& t,
                                 const at::Tensor& teacher_velocity, double t_scaling_factor);

}  // namespace retort::generator
