// The methods with what is shipped of each: recipes, claims, committed results.
#pragma once

#include <filesystem>
#include <vector>

#include "claims/method_table.h"
#include "core/registries.h"

namespace retort::cli {

/// Reads the shipped recipes and claims, and the results in `results`.
std::vector<claims::MethodStatus> shipped_methods(const Registries& registries, const std::filesystem::path& results);

}  // namespace retort::cli
