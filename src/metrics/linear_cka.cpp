#include "metrics/linear_cka.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/registries.h"
#include "io/array.h"
#include "run/parity.h"

namespace retort::metrics {

at::Tensor linear_cka(const at::Tensor& x, const at::Tensor& y) {
  if (x.dim() != 2 || y.dim() != 2 || x.size(0) != y.size(0) || x.numel() == 0 || y.numel() == 0) {
    user_error("linear cka: features {} and {}; they should be [N,D] and [N,E], none of them empty",
               io::shape_text(x.sizes().vec()), io::shape_text(y.sizes().vec()));
  }
  const at::Tensor first = x - x.mean(0, true), second = y - y.mean(0, true);
  const at::Tensor cross = at::matmul(second.t(), first).square().sum();
  const at::Tensor product = at::matmul(first.t(), first).norm() * at::matmul(second.t(), second).norm();
  return cross / at::where(product.gt(0), product, at::ones({}, product.options()));
}

}  // namespace retort::metrics

namespace retort {

void register_linear_cka(Registries& registries) {
  registries.parity.add("model.ofa_kd.linear_cka",
                        {.summary = "linear centred kernel alignment of two representations",
                         .source = "derived: Kornblith et al. 2019",
                         .inputs = {{"x", "[N,D]"}, {"y", "[N,E]"}},
                         .outputs = {{"value", "[]"}},
                         .run = [](run::ParityCall& call) {
                           call.output("value", metrics::linear_cka(call.input("x"), call.input("y")));
                         }});
}

}  // namespace retort
