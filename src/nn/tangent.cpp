#include "nn/tangent.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/forward_grad.h>

#include "core/errors.h"

namespace retort::nn {

namespace {
/// One level of dual numbers, gone with the scope.
class DualLevel {
 public:
  DualLevel() : level_(torch::autograd::ForwardADLevel::get_next_idx()) {}
  ~DualLevel() { torch::autograd::ForwardADLevel::release_idx(level_); }
  DualLevel(const DualLevel&) = delete;
  DualLevel& operator=(const DualLevel&) = delete;
  int64_t index() const { return static_cast<int64_t>(level_); }

 private:
  uint64_t level_;
};
}  // namespace

Tangent directional_derivative(const std::function<at::Tensor(const std::vector<at::Tensor>&)>& function,
                               const std::vector<at::Tensor>& primals, const std::vector<at::Tensor>& tangents) {
  RT_CHECK(primals.size() == tangents.size(), "{} points with {} directions", primals.size(), tangents.size());
  const DualLevel level;
  std::vector<at::Tensor> duals;
  for (size_t i = 0; i < primals.size(); ++i) {
    duals.push_back(at::_make_dual(primals[i], tangents[i].to(primals[i].scalar_type()), level.index()));
  }
  const auto [value, tangent] = at::_unpack_dual(function(duals), level.index());
  return {value, tangent.defined() ? tangent : at::zeros_like(value)};
}

}  // namespace retort::nn
