#include "distil/generator/bases/trigflow.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/parity_weights.h"
#include "nn/tangent.h"

namespace retort::generator {

namespace {
/// The network of the golden files: linear, tanh, linear, tanh, linear on [x, noise level], layers named as in an
/// nn.Sequential.
at::Tensor golden_network(const nn::Scope& scope, int64_t hidden, const at::Tensor& x, const at::Tensor& noise_level) {
  auto y = at::cat({x, noise_level.unsqueeze(1)}, 1);
  y = at::tanh(nn::linear(scope / "0", y, {.out_features = hidden}));
  y = at::tanh(nn::linear(scope / "2", y, {.out_features = hidden}));
  return nn::linear(scope / "4", y, {.out_features = x.size(1)});
}
}  // namespace

TrigFlowCoefficients trigflow_coefficients(const at::Tensor& t, double t_scaling_factor) {
  const auto scale = 1 / (t.cos() + t.sin());
  return {scale, -t.sin() * scale, scale, t.sin() * scale * t_scaling_factor};
}

TrigFlowPrediction trigflow_prediction(const at::Tensor& x, const at::Tensor& t, const at::Tensor& network_output,
                                       double t_scaling_factor) {
  const auto c = trigflow_coefficients(t, t_scaling_factor);
  const auto x0 = c.c_skip.unsqueeze(1) * x + c.c_out.unsqueeze(1) * network_output;
  return {x0, (t.cos().unsqueeze(1) * x - x0) / t.sin().unsqueeze(1)};
}

TrigFlowTangent trigflow_tangent(const FlowNetwork& student, const at::Tensor& x, const at::Tensor& t,
                                 const at::Tensor& teacher_velocity, double t_scaling_factor) {
  const auto velocity = [&](const std::vector<at::Tensor>& point) {
    const auto c = trigflow_coefficients(point[1], t_scaling_factor);
    const auto output = student(c.c_in.unsqueeze(1) * point[0], c.c_noise);
    return trigflow_prediction(point[0], point[1], output, t_scaling_factor).velocity;
  };
  const auto rate = t.cos() * t.sin();
  const auto result = nn::directional_derivative(velocity, {x, t}, {rate.unsqueeze(1) * teacher_velocity, rate});
  return {result.value, result.tangent};
}

}  // namespace retort::generator

namespace retort {

void register_trigflow(Registries& registries) {
  registries.parity.add("generator.rcm.scaling",
                        {.summary = "factors around a rectified-flow network",
                         .source = "NVlabs/rcm, rcm/utils/denoiser_scaling.py, RectifiedFlow_TrigFlowWrapper",
                         .inputs = {{"t", "[n]"}},
                         .options = {"t_scaling_factor"},
                         .outputs = {{"c_skip", "[n]"}, {"c_out", "[n]"}, {"c_in", "[n]"}, {"c_noise", "[n]"}},
                         .run = [](run::ParityCall& call) {
                           const auto c =
                               generator::trigflow_coefficients(call.input("t"), call.number("t_scaling_factor", 1000));
                           call.output("c_skip", c.c_skip);
                           call.output("c_out", c.c_out);
                           call.output("c_in", c.c_in);
                           call.output("c_noise", c.c_noise);
                         }});
  registries.parity.add("generator.rcm.denoise", {.summary = "clean sample and velocity from a network's output",
                                                  .source = "NVlabs/rcm, rcm/models/t2v_model_distill_rcm.py, denoise",
                                                  .inputs = {{"x", "[B,D]"}, {"t", "[B]"}, {"network_output", "[B,D]"}},
                                                  .options = {"t_scaling_factor"},
                                                  .outputs = {{"x0", "[B,D]"}, {"F", "[B,D]"}},
                                                  .run = [](run::ParityCall& call) {
                                                    const auto prediction = generator::trigflow_prediction(
                                                        call.input("x"), call.input("t"), call.input("network_output"),
                                                        call.number("t_scaling_factor", 1000));
                                                    call.output("x0", prediction.x0);
                                                    call.output("F", prediction.velocity);
                                                  }});
  registries.parity.add("generator.rcm.tangent",
                        {.summary = "velocity and its derivative along the teacher's path",
                         .source = "NVlabs/rcm, rcm/models/t2v_model_distill_rcm.py, student_F_withT",
                         .inputs = {{"x", "[B,D]"}, {"t", "[B]"}, {"F_teacher", "[B,D]"}},
                         .states = {{"student.*", "[...]"}},
                         .options = {"t_scaling_factor"},
                         .outputs = {{"F", "[B,D]"}, {"tangent", "[B,D]"}},
                         .run = [](run::ParityCall& call) {
                           const auto weights = nn::parity_weights(call, "student.");
                           nn::GivenSource source(weights);
                           const nn::Scope scope(source, nullptr, {.higher_order = true});
                           const int64_t hidden = weights.shape_of("0.weight").at(0);
                           const auto result = generator::trigflow_tangent(
                               [&](const at::Tensor& x, const at::Tensor& level) {
                                 return generator::golden_network(scope, hidden, x, level);
                               },
                               call.input("x"), call.input("t"), call.input("F_teacher"),
                               call.number("t_scaling_factor", 1));
                           call.output("F", result.velocity);
                           call.output("tangent", result.tangent);
                         }});
}

}  // namespace retort
