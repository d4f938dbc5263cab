// The note beside a partly fetched file: what it is a part of.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace retort::weights {

struct PartOrigin {
  std::string address;  ///< the catalogue's
  std::string etag;     ///< the server's strong one, or ""
};

/// Two lines: address and ETag.
std::string part_origin_text(const PartOrigin& origin);
/// Nothing for any other text.
std::optional<PartOrigin> parse_part_origin(std::string_view text);

/// `<target>.partial.origin`.
std::filesystem::path part_origin_file(const std::filesystem::path& target);
/// Nothing when there is no note, or an unreadable one: the part is then of no use.
std::optional<PartOrigin> read_part_origin(const std::filesystem::path& target);
void write_part_origin(const std::filesystem::path& target, const PartOrigin& origin);
void remove_part_origin(const std::filesystem::path& target);

}  // namespace retort::weights
