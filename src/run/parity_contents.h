// Inside of ParityCall, shared by its accessors and the runner.
#pragma once

#include <nlohmann/json.hpp>

#include "run/parity.h"

namespace retort::run {

struct ParityCall::Contents {
  std::map<std::string, at::Tensor> tensors;  ///< by their names in the file
  nlohmann::json options;
  at::ScalarType floating;
  std::map<std::string, at::Tensor> outputs;  ///< "out/NAME"
};

}  // namespace retort::run
