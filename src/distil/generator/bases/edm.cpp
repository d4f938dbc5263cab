#include "distil/generator/bases/edm.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/errors.h"
#include "core/registries.h"
#include "run/parity.h"

namespace retort::generator {

namespace {
/// [B] as [B,1,1,1], to scale samples.
at::Tensor per_sample(const at::Tensor& values, const at::Tensor& samples) {
  std::vector<int64_t> shape(samples.dim(), 1);
  shape[0] = values.size(0);
  return values.view(shape);
}
}  // namespace

EdmCoefficients edm_coefficients(const at::Tensor& sigma, double sigma_data) {
  const auto total = sigma.square() + sigma_data * sigma_data;
  return {sigma_data * sigma_data / total, sigma * sigma_data / total.sqrt(), total.rsqrt(), sigma.log() / 4};
}

EdmNoise edm_training_noise(const at::Tensor& normal, double p_mean, double p_std, double sigma_data) {
  const auto sigma = (normal * p_std + p_mean).exp();
  return {sigma, (sigma.square() + sigma_data * sigma_data) / (sigma * sigma_data).square()};
}

at::Tensor sigma_schedule(const SigmaScheduleOptions& options, const at::TensorOptions& like) {
  RT_CHECK(options.steps >= 2, "a schedule of {} steps; 2 or more would be right", options.steps);
  const auto place = at::arange(options.steps, at::TensorOptions(at::kDouble)) / double(options.steps - 1);
  const double first = std::pow(options.sigma_max, 1 / options.rho),
               last = std::pow(options.sigma_min, 1 / options.rho);
  const auto sigma = (first + place * (last - first)).pow(options.rho);
  return at::cat({sigma, at::zeros({1}, sigma.options())}).to(like);
}

at::Tensor vp_sigma(const at::Tensor& t, double beta_d, double beta_min) {
  return at::expm1(0.5 * beta_d * t.square() + beta_min * t).sqrt();
}

at::Tensor vp_time(const at::Tensor& sigma, double beta_d, double beta_min) {
  return ((beta_min * beta_min + 2 * beta_d * at::log1p(sigma.square())).sqrt() - beta_min) / beta_d;
}

}  // namespace retort::generator

namespace retort {

void register_edm(Registries& registries) {
  registries.parity.add("generator.edm.coefficients",
                        {.summary = "factors around the raw network",
                         .source = "NVlabs/edm, training/networks.py, EDMPrecond.forward",
                         .inputs = {{"sigma", "[n]"}},
                         .options = {"sigma_data"},
                         .outputs = {{"c_skip", "[n]"}, {"c_out", "[n]"}, {"c_in", "[n]"}, {"c_noise", "[n]"}},
                         .run = [](run::ParityCall& call) {
                           const auto c =
                               generator::edm_coefficients(call.input("sigma"), call.number("sigma_data", 0.5));
                           call.output("c_skip", c.c_skip);
                           call.output("c_out", c.c_out);
                           call.output("c_in", c.c_in);
                           call.output("c_noise", c.c_noise);
                         }});
  registries.parity.add(
      "generator.edm.precondition",
      {.summary = "denoised picture from the raw network's output",
       .source = "NVlabs/edm, training/networks.py, EDMPrecond.forward",
       .inputs = {{"x", "[B,C,H,W]"}, {"sigma", "[B]"}, {"network_output", "[B,C,H,W]"}},
       .options = {"sigma_data"},
       .outputs = {{"denoised", "[B,C,H,W]"}, {"network_input", "[B,C,H,W]"}, {"c_noise", "[B]"}},
       .run = [](run::ParityCall& call) {
         const auto x = call.input("x");
         const auto c = generator::edm_coefficients(call.input("sigma"), call.number("sigma_data", 0.5));
         call.output("denoised", generator::per_sample(c.c_skip, x) * x +
                                     generator::per_sample(c.c_out, x) * call.input("network_output"));
         call.output("network_input", generator::per_sample(c.c_in, x) * x);
         call.output("c_noise", c.c_noise);
       }});
  registries.parity.add(
      "generator.edm.loss",
      {.summary = "weighted squared error of a denoiser, not reduced",
       .source = "NVlabs/edm, training/loss.py, EDMLoss",
       .inputs = {{"images", "[B,C,H,W]"}, {"sigma_noise", "[B]"}, {"noise", "[B,C,H,W]"}, {"denoised", "[B,C,H,W]"}},
       .options = {"p_mean", "p_std", "sigma_data"},
       .outputs = {{"value", "[B,C,H,W]"}, {"sigma", "[B]"}, {"noisy", "[B,C,H,W]"}},
       .run = [](run::ParityCall& call) {
         const auto images = call.input("images");
         const auto level = generator::edm_training_noise(call.input("sigma_noise"), call.number("p_mean", -1.2),
                                                          call.number("p_std", 1.2), call.number("sigma_data", 0.5));
         call.output("value", generator::per_sample(level.weight, images) * (call.input("denoised") - images).square());
         call.output("sigma", level.sigma);
         call.output("noisy", images + generator::per_sample(level.sigma, images) * call.input("noise"));
       }});
  registries.parity.add("generator.edm.sigma_schedule",
                        {.summary = "falling noise levels of a sampler",
                         .source = "NVlabs/edm, generate.py, edm_sampler",
                         .options = {"steps", "sigma_min", "sigma_max", "rho"},
                         .outputs = {{"value", "[n]"}},
                         .run = [](run::ParityCall& call) {
                           call.output("value", generator::sigma_schedule({.steps = call.integer("steps", 18),
                                                                           .sigma_min = call.number("sigma_min", 0.002),
                                                                           .sigma_max = call.number("sigma_max", 80),
                                                                           .rho = call.number("rho", 7)},
                                                                          call.floating()));
                         }});
  registries.parity.add("generator.edm.vp_sigma",
                        {.summary = "noise level of the variance-preserving process and its inverse",
                         .source = "NVlabs/edm, training/networks.py, VPPrecond.sigma, sigma_inv",
                         .inputs = {{"t", "[n]"}, {"sigma", "[m]"}},
                         .options = {"beta_d", "beta_min"},
                         .outputs = {{"sigma", "[n]"}, {"t_of_sigma", "[m]"}},
                         .run = [](run::ParityCall& call) {
                           const double beta_d = call.number("beta_d", 19.9), beta_min = call.number("beta_min", 0.1);
                           call.output("sigma", generator::vp_sigma(call.input("t"), beta_d, beta_min));
                           call.output("t_of_sigma", generator::vp_time(call.input("sigma"), beta_d, beta_min));
                         }});
}

}  // namespace retort
