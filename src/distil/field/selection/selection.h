// A set of a field's splats: made by queries and pointing, combined, grown, kept as a product.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>

#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

/// How a new set meets the one that stands.
enum class Combine { replace, add, subtract, intersect };

/// "replace", "add", "subtract", "intersect". UserError for other names.
Combine combine_named(const std::string& name);

/// Masks are [P] bool. Result in a new tensor.
at::Tensor combined(const at::Tensor& standing, const at::Tensor& made, Combine how);

/// Splats whose numbers were written down with where they came from.
struct Selection {
  at::Tensor mask;   ///< [P] bool
  std::string from;  ///< how it was made, for people: "click at (120, 80) in view 0004"
};

/// safetensors with `selected` [P] uint8 and metadata `from`; whole or not at all.
void save_selection(const std::filesystem::path& file, const Selection& selection);
/// UserError when it is no selection or not one of `splats` splats.
Selection load_selection(const std::filesystem::path& file, int64_t splats);

}  // namespace retort::field
