// JSON from files that nobody vouches for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace retort::io {

/// Parses one JSON text. UserError "<name>: ..." when it is malformed, nested deeper than 64 levels, or an object has a
/// key twice.
nlohmann::json parse_json(std::string_view text, const std::string& name);

/// Reads and parses a file of at most `max_bytes`.
nlohmann::json read_json(const std::filesystem::path& path, uint64_t max_bytes = 64u << 20);

}  // namespace retort::io
