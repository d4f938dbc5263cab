// The two forms that parity functions of distillation losses mostly have, declared once.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "core/registries.h"

namespace retort::losses {

/// A loss of one tensor of the student and one of the teacher: inputs student_NAME and teacher_NAME, output value [].
struct PairParity {
  const char* summary;
  const char* source;
  std::string name;  ///< "logits", "features", ...
  const char* student_pattern;
  const char* teacher_pattern;
  std::vector<std::string> options = {};
  std::function<at::Tensor(const run::ParityCall&, const at::Tensor& student, const at::Tensor& teacher)> loss;
};
ParityFunction parity_of_pair(PairParity declared);

/// A loss of lists of maps: inputs student_features_0, student_features_1, ... and the teacher's likewise, output
/// value.
struct StagesParity {
  const char* summary;
  const char* source;
  std::vector<std::string> options = {};
  std::function<at::Tensor(const run::ParityCall&, const std::vector<at::Tensor>& students,
                           const std::vector<at::Tensor>& teachers)>
      loss;
};
ParityFunction parity_of_stages(StagesParity declared);

/// Inputs NAME_0, NAME_1, ... as far as the file has them.
std::vector<at::Tensor> listed_inputs(const run::ParityCall& call, const std::string& name);

}  // namespace retort::losses
