#include "weights/part_origin.h"

#include <fmt/core.h>

#include "core/errors.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "weights/address.h"
#include "weights/http_head.h"

namespace retort::weights {

namespace {
constexpr uint64_t largest_part_origin = 1 << 14;
}

std::string part_origin_text(const PartOrigin& origin) { return fmt::format("{}\n{}\n", origin.address, origin.etag); }

std::optional<PartOrigin> parse_part_origin(std::string_view text) {
  const auto lines = split(text, '\n');
  if (lines.size() != 3 || !lines[2].empty() || !parse_address(lines[0])) return std::nullopt;
  HttpHead head;
  head.headers["etag"] = lines[1];
  if (strong_etag(head) != lines[1]) return std::nullopt;
  return PartOrigin{lines[0], lines[1]};
}

std::filesystem::path part_origin_file(const std::filesystem::path& target) {
  auto file = target;
  return file += ".partial.origin";
}

std::optional<PartOrigin> read_part_origin(const std::filesystem::path& target) {
  try {
    return parse_part_origin(io::read_whole_file(part_origin_file(target), largest_part_origin));
  } catch (const UserError&) {
    return std::nullopt;
  }
}

void write_part_origin(const std::filesystem::path& target, const PartOrigin& origin) {
  io::write_whole_file(part_origin_file(target), part_origin_text(origin));
}

void remove_part_origin(const std::filesystem::path& target) {
  std::error_code ignored;
  std::filesystem::remove(part_origin_file(target), ignored);
}

}  // namespace retort::weights
