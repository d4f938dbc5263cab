// What every distillation loss checks at its door.
#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace retort::losses {

/// A tensor, what messages call it, and the shape it should have (core/shape_letters.h).
struct Shaped {
  std::string name;
  const at::Tensor& tensor;
  const char* pattern;
};

/// Holds all tensors of one call to their patterns; letters stand for the same number in all of them. UserError such as
/// "dkd: student logits [64, 100], teacher logits [64, 10]; they should be [B,C], [B,C], none of them empty" when one
/// does not fit, is empty or is missing.
void require_shapes(std::string_view who, std::initializer_list<Shaped> tensors);

/// The same for lists of maps, one entry a stage: equally many of both and at least `least`. Letters stand for the same
/// number within a stage.
void require_stages(std::string_view who, const std::vector<at::Tensor>& students, const char* student_pattern,
                    const std::vector<at::Tensor>& teachers, const char* teacher_pattern, size_t least = 1);

}  // namespace retort::losses
