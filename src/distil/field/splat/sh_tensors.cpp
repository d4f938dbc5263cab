#include "core/errors.h"
#include "distil/field/splat/cpu/spherical_harmonics.h"
#include "distil/field/splat/render.h"

namespace retort::splat {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

template <class Real>
void fill_basis(const at::Tensor& directions, int degree, at::Tensor& basis) {
  const Real* d = directions.data_ptr<Real>();
  Real* out = basis.data_ptr<Real>();
  for (int64_t i = 0; i < directions.size(0); ++i) {
    sh_basis(degree, d[3 * i], d[3 * i + 1], d[3 * i + 2], out + i * basis.size(1));
  }
}

template <class Real>
void fill_basis_backward(const at::Tensor& directions, int degree, const at::Tensor& gradient, at::Tensor& result) {
  const Real *d = directions.data_ptr<Real>(), *g = gradient.data_ptr<Real>();
  Real* out = result.data_ptr<Real>();
  const int64_t width = gradient.size(1);
  for (int64_t i = 0; i < directions.size(0); ++i) {
    Real slope[3][most_sh_coefficients];
    sh_basis_gradient(degree, d[3 * i], d[3 * i + 1], d[3 * i + 2], slope[0], slope[1], slope[2]);
    for (int axis = 0; axis < 3; ++axis) {
      out[3 * i + axis] = 0;
      for (int64_t k = 0; k < width; ++k) out[3 * i + axis] += g[i * width + k] * slope[axis][k];
    }
  }
}

/// Basis functions [N,(degree+1)^2] at directions [N,3].
class ShBasisFunction : public torch::autograd::Function<ShBasisFunction> {
 public:
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& directions, int64_t degree) {
    const at::Tensor dense = directions.contiguous();
    at::Tensor basis = at::empty({dense.size(0), (degree + 1) * (degree + 1)}, dense.options());
    if (dense.scalar_type() == at::kFloat) {
      fill_basis<float>(dense, static_cast<int>(degree), basis);
    } else {
      fill_basis<double>(dense, static_cast<int>(degree), basis);
    }
    ctx->save_for_backward({dense});
    ctx->saved_data["degree"] = degree;
    return basis;
  }

  static variable_list backward(AutogradContext* ctx, variable_list out) {
    const at::Tensor directions = ctx->get_saved_variables()[0];
    const int degree = static_cast<int>(ctx->saved_data["degree"].toInt());
    const at::Tensor gradient = out[0].contiguous();
    at::Tensor result = at::empty_like(directions);
    if (directions.scalar_type() == at::kFloat) {
      fill_basis_backward<float>(directions, degree, gradient, result);
    } else {
      fill_basis_backward<double>(directions, degree, gradient, result);
    }
    return {result, at::Tensor()};
  }
};

}  // namespace

at::Tensor eval_sh(const at::Tensor& sh, const at::Tensor& directions, int degree) {
  const int64_t active = int64_t{degree + 1} * (degree + 1);
  RT_CHECK(degree >= 0 && degree <= 4, "SH degree {} is outside [0, 4]", degree);
  RT_CHECK(sh.dim() == 3 && sh.size(1) == 3 && sh.size(2) >= active, "SH coefficients are not [N,3,K >= {}]", active);
  RT_CHECK(directions.dim() == 2 && directions.size(0) == sh.size(0) && directions.size(1) == 3,
           "directions are not [{},3]", sh.size(0));
  const at::Tensor basis = ShBasisFunction::apply(directions, static_cast<int64_t>(degree));
  return (sh.narrow(2, 0, active) * basis.unsqueeze(1)).sum(2);
}

at::Tensor spherical_harmonics(const at::Tensor& means, const at::Tensor& camera_center, const at::Tensor& sh,
                               int degree) {
  const at::Tensor offset = means - camera_center;
  const at::Tensor directions = offset / offset.norm(2, {1}, true);
  return (eval_sh(sh.transpose(1, 2), directions, degree) + 0.5).clamp_min(0);
}

}  // namespace retort::splat
