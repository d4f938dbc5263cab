#include "nn/parity_weights.h"

namespace retort::nn {

Weights parity_weights(const run::ParityCall& call, std::string_view prefix) {
  std::map<std::string, at::Tensor> chosen;
  for (const auto& [name, tensor] : call.states())
    if (name.starts_with(prefix)) chosen.emplace(name.substr(prefix.size()), tensor);
  return weights_from(std::move(chosen), "the file");
}

}  // namespace retort::nn
