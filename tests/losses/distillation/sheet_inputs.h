// The inputs for which the losses' values were computed from their formulas by another program, in float64.
#pragma once

#include "support/wave.h"

namespace retort::losses {

struct SheetInputs {
  at::Tensor student_logits = tests::wave({4, 5}, .7, .3, 2), teacher_logits = tests::wave({4, 5}, 1.1, .5, 3);
  at::Tensor labels = at::tensor({1, 0, 4, 2}, at::kLong);
  at::Tensor student_map = tests::wave({2, 3, 4, 4}, .37, .1), teacher_map = tests::wave({2, 3, 4, 4}, .53, .9);
  at::Tensor student_embedding = tests::wave({4, 6}, .61, .2), teacher_embedding = tests::wave({4, 6}, .83, .7);
};

/// How far the sheet's ten decimals may be off.
constexpr double sheet_tolerance = 2e-10;

}  // namespace retort::losses
