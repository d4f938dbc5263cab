#include "weights/http_head.h"

#include <algorithm>
#include <cctype>

#include "core/text.h"

namespace retort::weights {

namespace {
constexpr size_t largest_head = 1 << 16;
constexpr size_t longest_etag = 1024;

// Digits alone: no sign, no blank.
bool parse_count(std::string_view text, int64_t& count) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) && parse_integer(text, count);
}
}  // namespace

void HttpHead::add_line(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    *this = HttpHead();
    const auto parts = split(line, ' ');
    int64_t code = 0;
    if (parts.size() > 1 && parse_count(parts[1], code) && code >= 100 && code < 1000) status = static_cast<int>(code);
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || size_ + line.size() > largest_head) return;
  size_ += line.size();
  std::string name(line.substr(0, colon));
  for (auto& letter : name) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  headers[name] = trim(line.substr(colon + 1));
}

std::string HttpHead::get(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? "" : found->second;
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view unit = "bytes ";
  if (!text.starts_with(unit)) return std::nullopt;
  text.remove_prefix(unit.size());
  const auto dash = text.find('-'), slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) return std::nullopt;
  ContentRange range;
  if (!parse_count(text.substr(0, dash), range.first) ||
      !parse_count(text.substr(dash + 1, slash - dash - 1), range.last) || range.first > range.last) {
    return std::nullopt;
  }
  if (text.substr(slash + 1) == "*") return range;
  int64_t total = 0;
  if (!parse_count(text.substr(slash + 1), total) || range.last >= total) return std::nullopt;
  range.total = total;
  return range;
}

std::string strong_etag(const HttpHead& head) {
  const auto tag = head.get("etag");
  const bool quoted = tag.size() >= 2 && tag.size() <= longest_etag && tag.front() == '"' && tag.back() == '"';
  const bool printable = std::all_of(tag.begin(), tag.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
  const bool one = std::count(tag.begin(), tag.end(), '"') == 2;
  return quoted && printable && one ? tag : "";
}

}  // namespace retort::weights
