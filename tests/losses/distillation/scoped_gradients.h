// Gradients of losses that have weights of their own.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "nn/scope.h"
#include "support/grad_check.h"

namespace retort::losses {

using ScopedLoss = std::function<at::Tensor(const nn::Scope&, const std::vector<at::Tensor>& inputs)>;

/// In training, with the same draws at every call.
inline nn::ForwardMode repeatable_training() { return {.training = true, .random = RandomTree(11)}; }

/// The weights that `loss` asks for, as they start, in float64.
inline nn::Weights fresh_weights(const ScopedLoss& loss, const std::vector<at::Tensor>& inputs) {
  nn::InitialisingSource source(RandomTree(7));
  std::vector<at::Tensor> single;
  for (const auto& input : inputs) single.push_back(input.to(at::kFloat));
  loss(nn::Scope(source, nullptr, repeatable_training()), single);
  auto weights = source.take();
  for (auto& [name, tensor] : weights.parameters) tensor = tensor.detach().to(at::kDouble);
  for (auto& [name, tensor] : weights.buffers) {
    if (tensor.is_floating_point()) tensor = tensor.detach().to(at::kDouble);
  }
  return weights;
}

/// Checks the gradients of the inputs and of all parameters.
inline testing::AssertionResult gradients_hold(const ScopedLoss& loss, const std::vector<at::Tensor>& inputs) {
  const auto weights = fresh_weights(loss, inputs);
  auto leaves = inputs;
  for (const auto& [name, tensor] : weights.parameters) leaves.push_back(tensor);
  const auto of_leaves = [&](const std::vector<at::Tensor>& x) {
    nn::Weights current = weights;
    size_t next = inputs.size();
    for (auto& [name, tensor] : current.parameters) tensor = x[next++];
    nn::GivenSource source(current);
    return loss(nn::Scope(source, nullptr, repeatable_training()),
                std::vector<at::Tensor>(x.begin(), x.begin() + static_cast<int64_t>(inputs.size())));
  };
  return tests::grad_check(of_leaves, leaves, {.absolute = 1e-6});
}

inline std::vector<std::string> parameters_of(const ScopedLoss& loss, const std::vector<at::Tensor>& inputs) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : fresh_weights(loss, inputs).parameters) names.push_back(name);
  return names;
}

}  // namespace retort::losses
