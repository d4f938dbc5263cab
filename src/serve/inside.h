// Paths that requests name, kept inside a folder.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace retort::serve {

/// What `parts` name below `root`, links followed. Nothing when it isn't there, when a part is empty, ".", "..", or has
/// a NUL, or when a link leaves `root`. A part with "/" counts as several; so nothing absolute gets in.
std::optional<std::filesystem::path> path_inside(const std::filesystem::path& root, std::span<const std::string> parts);

/// The same, and only a regular file.
std::optional<std::filesystem::path> file_inside(const std::filesystem::path& root, std::span<const std::string> parts);

}  // namespace retort::serve
