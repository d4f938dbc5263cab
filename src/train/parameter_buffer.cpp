#include "train/parameter_buffer.h"

#include <ATen/ATen.h>

#include "core/errors.h"

namespace retort::train {

void ParameterBuffer::take(const std::string& set, nn::Weights& weights,
                           const std::function<bool(const std::string& name)>& wanted) {
  RT_CHECK(!values_.defined(), "parameters of '{}' come after the buffer was sealed", set);
  for (auto& [name, tensor] : weights.parameters) {
    if (wanted && !wanted(name)) {
      tensor = tensor.detach();
      continue;
    }
    RT_CHECK(tensor.scalar_type() == at::kFloat, "parameter '{}' is not float32", name);
    ranges_.push_back({set + "." + name, count_, tensor.numel(), tensor.dim()});
    places_.push_back(&tensor);
    count_ += tensor.numel();
  }
}

void ParameterBuffer::seal() {
  RT_CHECK(count_ > 0, "there are no parameters to train");
  values_ = at::empty({count_}, at::kFloat);
  gradients_ = at::zeros({count_}, at::kFloat);
  for (size_t i = 0; i < ranges_.size(); ++i) {
    at::Tensor& parameter = *places_[i];
    const auto [name, begin, count, dimensions] = ranges_[i];
    auto place = values_.narrow(0, begin, count).view(parameter.sizes());
    place.copy_(parameter.detach());
    parameter = place.detach().requires_grad_(true);
    // Backward adds to a gradient that is there, in place: it never leaves the buffer.
    parameter.mutable_grad() = gradients_.narrow(0, begin, count).view(parameter.sizes());
  }
  places_.clear();
}

}  // namespace retort::train
