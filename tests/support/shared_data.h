// The data that tests may use and nobody ships: found through RETORT_SHARED, or beside the checkout.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace retort::tests {

/// A file or folder of the shared data ("data/fox_colmap"); nothing where it is absent, and the test is to be skipped.
inline std::optional<std::filesystem::path> shared_data(const std::string& relative) {
  const char* named = std::getenv("RETORT_SHARED");
  const auto root = named ? std::filesystem::path(named) : std::filesystem::path(RETORT_SOURCE_DIR) / ".." / "shared";
  std::error_code ignored;
  if (!std::filesystem::exists(root / relative, ignored)) return std::nullopt;
  return root / relative;
}

}  // namespace retort::tests
