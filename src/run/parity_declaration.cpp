#include "run/parity_declaration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.h"

namespace retort::run {

namespace {

bool slot_admits(const ParitySlot& slot, const std::string& name) {
  if (slot.name.empty() || slot.name.back() != '*') return slot.name == name;
  return name.compare(0, slot.name.size() - 1, slot.name, 0, slot.name.size() - 1) == 0;
}

}  // namespace

std::string parity_shape_text(const at::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes().vec(), ","));
}

std::string parity_dtype_name(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kDouble:
      return "f64";
    case at::kFloat:
      return "f32";
    case at::kHalf:
      return "f16";
    case at::kBFloat16:
      return "bf16";
    case at::kLong:
      return "i64";
    case at::kInt:
      return "i32";
    case at::kShort:
      return "i16";
    case at::kChar:
      return "i8";
    case at::kByte:
      return "u8";
    case at::kBool:
      return "bool";
    default:
      return c10::toString(tensor.scalar_type());
  }
}

void ParityDeclaration::check_tensors(const std::map<std::string, at::Tensor>& tensors) {
  check_group("in/", function_.inputs, tensors);
  check_group("state/", function_.states, tensors);
  check_group("out/", function_.outputs, tensors);
}

void ParityDeclaration::check_group(const std::string& prefix, const std::vector<ParitySlot>& slots,
                                    const std::map<std::string, at::Tensor>& tensors) {
  std::vector<std::string> declared;
  for (const auto& slot : slots) declared.push_back(prefix + slot.name);
  std::vector<bool> present(slots.size());
  for (const auto& [name, tensor] : tensors) {
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const auto slot = std::find_if(slots.begin(), slots.end(), [&, bare = name.substr(prefix.size())](const auto& s) {
      return slot_admits(s, bare);
    });
    if (slot == slots.end()) {
      user_error("{} {} is not declared; the function declares {}", name, parity_shape_text(tensor),
                 declared.empty() ? fmt::format("no {}", prefix) : join(declared, ", "));
    }
    present[slot - slots.begin()] = true;
    const bool floating_slot = slot->dtype == "f32";
    const bool any_dtype = slot->dtype == "any";
    if (!any_dtype && (floating_slot ? !tensor.is_floating_point() : parity_dtype_name(tensor) != slot->dtype)) {
      user_error("{} is {}; the function declares {}", name, parity_dtype_name(tensor), slot->dtype);
    }
    check_shape(name, *slot, tensor);
  }
  for (size_t index = 0; index < slots.size(); ++index) {
    if (present[index] || slots[index].optional) continue;
    user_error("{} {} {} is missing", declared[index], slots[index].dtype, slots[index].shape);
  }
}

void ParityDeclaration::check_shape(const std::string& name, const ParitySlot& slot, const at::Tensor& tensor) {
  const auto answer = letters_.hold(slot.shape, tensor.sizes().vec());
  if (answer.fits) return;
  user_error("{} has shape {}; the function declares {}{}", name, parity_shape_text(tensor), slot.shape,
             answer.bound.empty() ? "" : " with " + answer.bound);
}

void ParityDeclaration::check_options(const nlohmann::json& options) const {
  if (!options.is_object()) user_error("retort.params is not a JSON object");
  for (const auto& [key, value] : options.items()) {
    if (std::find(function_.options.begin(), function_.options.end(), key) != function_.options.end()) continue;
    user_error("unknown option '{}'{}; the function takes {}", key, did_you_mean(key, function_.options),
               function_.options.empty() ? "none" : join(function_.options, ", "));
  }
}

}  // namespace retort::run
