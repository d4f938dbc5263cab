// Holds the tensors and options of a golden file against what a parity function declares.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/registries.h"
#include "core/shape_letters.h"

namespace retort::run {

/// "[2,3]"; "[]" for a scalar.
std::string parity_shape_text(const at::Tensor& tensor);
/// "f64", "f32", "f16", "bf16", "i64", "i32", "i16", "i8", "u8" or "bool".
std::string parity_dtype_name(const at::Tensor& tensor);

/// Checks all of one file. The letters of the shapes bind over inputs, weights and outputs together.
class ParityDeclaration {
 public:
  explicit ParityDeclaration(const ParityFunction& function) : function_(function) {}

  /// Tensors by their names in the file ("in/x", "state/weight", "out/value"). UserError that names the tensor, what it
  /// is and what the function declares: a name missing or unknown, a dtype or a shape that differs.
  void check_tensors(const std::map<std::string, at::Tensor>& tensors);
  /// UserError unless `options` is an object whose keys are all declared.
  void check_options(const nlohmann::json& options) const;

 private:
  void check_group(const std::string& prefix, const std::vector<ParitySlot>& slots,
                   const std::map<std::string, at::Tensor>& tensors);
  void check_shape(const std::string& name, const ParitySlot& slot, const at::Tensor& tensor);

  const ParityFunction& function_;
  ShapeLetters letters_;
};

}  // namespace retort::run
