#include "train/sharpness.h"

#include <ATen/ATen.h>

namespace retort::train {

namespace {
constexpr double sharpness_epsilon = 1e-12;  // of the authors' code: a gradient of 0 leads nowhere

/// Puts a buffer's values back where they were.
class ValuesScope {
 public:
  explicit ValuesScope(ParameterBuffer& buffer) : buffer_(buffer), values_(buffer.values().clone()) {}
  ~ValuesScope() {
    const at::NoGradGuard no_grad;
    buffer_.values().copy_(values_);
  }
  ValuesScope(const ValuesScope&) = delete;
  ValuesScope& operator=(const ValuesScope&) = delete;

 private:
  ParameterBuffer& buffer_;
  at::Tensor values_;
};
}  // namespace

void fields(OptionVisitor& v, SharpnessOptions& o) {
  v("kind", o.kind, "none, sam (gradient at the worst point nearby) or gsam (and against the gap to it)");
  v("rho", o.rho, "how far the worst point is looked for", {.min = 0});
  v("alpha", o.alpha, "gsam: weight of the gap", {.min = 0});
  v("adaptive", o.adaptive, "the way to the worst point follows the sizes of the parameters");
}

at::Tensor ascent(const at::Tensor& values, const at::Tensor& gradient, double rho, bool adaptive) {
  if (!adaptive) return gradient * (rho / (gradient.norm(2).item<double>() + sharpness_epsilon));
  auto way = values * gradient;  // its norm is that of |w| g
  const double norm = way.norm(2).item<double>();
  return way.mul_(values).mul_(rho / (norm + sharpness_epsilon));
}

at::Tensor gap_descent(const at::Tensor& gradient, const at::Tensor& worst_gradient, double alpha) {
  const double norm = gradient.norm(2).item<double>(), worst_norm = worst_gradient.norm(2).item<double>();
  const double cosine = gradient.dot(worst_gradient).item<double>() / (norm * worst_norm + sharpness_epsilon);
  const double along = cosine * norm / (worst_norm + sharpness_epsilon);
  return at::mul(worst_gradient, 1 + alpha * along).sub_(gradient, alpha);
}

void sharpen(const SharpnessOptions& options, ParameterBuffer& buffer,
             const std::function<void()>& recompute_gradients) {
  if (options.kind == SharpnessKind::none) return;
  at::Tensor gradient;
  if (options.kind == SharpnessKind::gsam) gradient = buffer.gradients().clone();
  {
    const ValuesScope restored(buffer);
    {
      const at::NoGradGuard no_grad;
      buffer.values().add_(ascent(buffer.values(), buffer.gradients(), options.rho, options.adaptive));
      buffer.zero_gradients();
    }
    recompute_gradients();
  }
  if (options.kind == SharpnessKind::gsam) {
    const at::NoGradGuard no_grad;
    buffer.gradients().copy_(gap_descent(gradient, buffer.gradients(), options.alpha));
  }
}

}  // namespace retort::train
