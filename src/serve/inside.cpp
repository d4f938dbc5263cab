#include "serve/inside.h"

#include <algorithm>
#include <system_error>

#include "core/text.h"

namespace retort::serve {

std::optional<std::filesystem::path> path_inside(const std::filesystem::path& root,
                                                 std::span<const std::string> parts) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path base = fs::canonical(root, error);
  if (error) return std::nullopt;
  fs::path wanted = base;
  for (const auto& part : parts) {
    for (const auto& name : split(part, '/')) {
      if (name.empty() || name == "." || name == ".." || name.find('\0') != std::string::npos) return std::nullopt;
      wanted /= name;
    }
  }
  const fs::path found = fs::canonical(wanted, error);
  if (error) return std::nullopt;
  const auto [base_end, rest] = std::mismatch(base.begin(), base.end(), found.begin(), found.end());
  return base_end == base.end() ? std::optional(found) : std::nullopt;
}

std::optional<std::filesystem::path> file_inside(const std::filesystem::path& root,
                                                 std::span<const std::string> parts) {
  auto path = path_inside(root, parts);
  std::error_code error;
  if (!path || !std::filesystem::is_regular_file(*path, error) || error) return std::nullopt;
  return path;
}

}  // namespace retort::serve
