#include "distil/dataset/bases/trajectory_matching.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/errors.h"
#include "core/registries.h"
#include "nn/convnet.h"
#include "nn/mlp.h"
#include "nn/parity_weights.h"

namespace retort::dataset {

namespace {
/// Images of one inner step.
at::Tensor step_indices(const at::Tensor& indices, int64_t step) {
  const auto row = indices[step];
  return row.index({row >= 0});
}

at::Tensor inner_loss(const TrajectoryStudent& student, const at::Tensor& theta, const at::Tensor& x,
                      const at::Tensor& y) {
  return at::cross_entropy_loss(student.logits(theta, x), y);
}

at::Tensor relative_distance(const at::Tensor& theta, const at::Tensor& start, const at::Tensor& target) {
  return (theta - target).square().sum() / (start - target).square().sum();
}

TrajectoryStudent student_of(const run::ParityCall& call) {
  TrajectoryStudent student;
  if (call.has_option("network") && call.text("network") == "mlp") {
    const nn::MlpOptions options{.width = call.integer("width", 128), .classes = call.integer("classes", 10)};
    student.forward = [options](const nn::Scope& s, const at::Tensor& x) { return nn::mlp(s, x, options); };
  } else {
    const auto options = nn::convnet_options_of(call);
    student.forward = [options](const nn::Scope& s, const at::Tensor& x) { return nn::convnet(s, x, options); };
  }
  const at::NoGradGuard no_grad;
  nn::InitialisingSource source(RandomTree(0));
  student.forward(nn::Scope(source), call.input("x").detach().to(at::kFloat));
  student.like = source.take();
  return student;
}

const std::vector<std::string> trajectory_network_options = {"network", "channels", "classes",    "height", "width_in",
                                                             "width",   "depth",    "activation", "norm",   "pooling"};
}  // namespace

at::Tensor TrajectoryStudent::logits(const at::Tensor& theta, const at::Tensor& x) const {
  const auto weights = nn::weights_on(theta, like);
  nn::GivenSource source(weights);
  return forward(nn::Scope(source, nullptr, {.training = true, .higher_order = true}), x);
}

TrajectoryLoss trajectory_loss(const TrajectoryStudent& student, const at::Tensor& x, const at::Tensor& y,
                               const at::Tensor& theta_start, const at::Tensor& theta_target, const at::Tensor& lr,
                               const at::Tensor& indices) {
  const at::AutoGradMode with_gradients(true);
  auto theta = theta_start.detach().requires_grad_(true);
  for (int64_t step = 0; step < indices.size(0); ++step) {
    const auto chosen = step_indices(indices, step);
    const auto loss = inner_loss(student, theta, x.index_select(0, chosen), y.index_select(0, chosen));
    const auto gradient = torch::autograd::grad({loss}, {theta}, {}, true, /*create_graph=*/true)[0];
    theta = theta - lr * gradient;
  }
  return {relative_distance(theta, theta_start.detach(), theta_target), theta};
}

TrajectoryGradient constant_memory_gradient(const TrajectoryStudent& student, const at::Tensor& x, const at::Tensor& y,
                                            const at::Tensor& theta_start, const at::Tensor& theta_target,
                                            const at::Tensor& lr, const at::Tensor& indices,
                                            double image_gradient_scale) {
  const at::AutoGradMode with_gradients(true);
  const auto rate = lr.detach();
  // First pass: where the student ends. The parameters before each step are kept; graphs are not.
  std::vector<at::Tensor> before = {theta_start.detach()};
  auto gradient_sum = at::zeros_like(before[0]);
  for (int64_t step = 0; step < indices.size(0); ++step) {
    const auto chosen = step_indices(indices, step);
    const auto theta = before.back().detach().requires_grad_(true);
    const auto loss = inner_loss(student, theta, x.detach().index_select(0, chosen), y.index_select(0, chosen));
    const auto gradient = torch::autograd::grad({loss}, {theta})[0];
    gradient_sum = gradient_sum + gradient;
    before.push_back(theta.detach() - rate * gradient);
  }
  const auto theta_final = before.back();
  const auto offset = theta_final - theta_target.detach();
  const auto scale = (before[0] - theta_target.detach()).square().sum();
  // Second pass: each step's share, given what the first found at the end.
  auto gradient_x = at::zeros_like(x);
  for (int64_t step = 0; step < indices.size(0); ++step) {
    const auto chosen = step_indices(indices, step);
    const auto images = x.detach().index_select(0, chosen).requires_grad_(true);
    const auto theta = before[step].detach().requires_grad_(true);
    const auto loss = inner_loss(student, theta, images, y.index_select(0, chosen));
    const auto gradient = torch::autograd::grad({loss}, {theta}, {}, true, /*create_graph=*/true)[0];
    const auto along = (gradient * offset).sum();
    const auto share = torch::autograd::grad({along}, {images})[0];
    gradient_x.index_add_(0, chosen, share * (-image_gradient_scale * rate / scale));
  }
  return {relative_distance(theta_final, before[0], theta_target.detach()), gradient_x,
          -2 * (offset * gradient_sum).sum() / scale, theta_final};
}

}  // namespace retort::dataset

namespace retort {

void register_trajectory_matching(Registries& registries) {
  const std::vector<ParitySlot> inputs = {{"x", "[N,C,H,W]"},     {"y", "[N,...]", "any"},
                                          {"theta_start", "[P]"}, {"theta_target", "[P]"},
                                          {"lr", "[]"},           {"indices", "[S,B]", "i64"}};
  registries.parity.add("dataset.mtt.loss", {.summary = "trajectory loss through the unrolled inner loop",
                                             .source = "GeorgeCazenavette/mtt-distillation, distill.py",
                                             .inputs = inputs,
                                             .options = dataset::trajectory_network_options,
                                             .outputs = {{"loss", "[]"}, {"theta_final", "[P]"}},
                                             .run = [](run::ParityCall& call) {
                                               const auto result = dataset::trajectory_loss(
                                                   dataset::student_of(call), call.input("x"), call.input("y"),
                                                   call.input("theta_start"), call.input("theta_target"),
                                                   call.input("lr"), call.input("indices"));
                                               call.output("loss", result.loss);
                                               call.output("theta_final", result.theta_final);
                                             }});
  auto options = dataset::trajectory_network_options;
  options.push_back("image_grad_scale");
  registries.parity.add(
      "dataset.tesla.gradient",
      {.summary = "gradient of the trajectory loss in constant memory",
       .source = "justincui03/tesla, distill.py",
       .inputs = inputs,
       .options = options,
       .outputs = {{"loss", "[]"}, {"gradient_x", "[N,C,H,W]"}, {"gradient_lr", "[]"}, {"theta_final", "[P]"}},
       .run = [](run::ParityCall& call) {
         const auto result = dataset::constant_memory_gradient(
             dataset::student_of(call), call.input("x"), call.input("y"), call.input("theta_start"),
             call.input("theta_target"), call.input("lr"), call.input("indices"), call.number("image_grad_scale", 1));
         call.output("loss", result.loss);
         call.output("gradient_x", result.gradient_x);
         call.output("gradient_lr", result.gradient_lr);
         call.output("theta_final", result.theta_final);
       }});
}

}  // namespace retort
