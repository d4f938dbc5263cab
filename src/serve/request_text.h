// Decoding the texts of a request: target, query, cookies, ranges. Pure functions over bytes that nobody vouches for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace retort::serve {

/// %XX to bytes; with `plus_is_space` a + as well. Nothing when a % isn't followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Everything but letters, digits and "-._~" as %XX.
std::string percent_encode(std::string_view text);

struct Target {
  std::vector<std::string> path;             ///< decoded parts; empty ones are left out
  std::map<std::string, std::string> query;  ///< decoded; of a name given twice the first counts
};

/// The target of a request line, "/a%20b/c?d=e". Nothing when it doesn't begin with "/", is badly encoded, has control
/// characters, or a path part is "." or "..". A part may hold "/" (sent as %2F).
std::optional<Target> parse_target(std::string_view target);
/// The target that parses to this; always begins with exactly one "/".
std::string target_text(const Target& target);

/// The value of a cookie in a Cookie header.
std::optional<std::string> cookie_value(std::string_view header, std::string_view name);
/// The token of "Authorization: Bearer TOKEN", or "".
std::string bearer_token(std::string_view header);

/// Whether an Accept-Encoding header allows gzip (RFC 9110, 12.5.3).
bool accepts_gzip(std::string_view header);
/// Whether an If-None-Match header names `etag` (given without quotes) or is "*"; weak comparison (RFC 9110, 13.1.2).
bool names_etag(std::string_view header, std::string_view etag);

struct RangeAnswer {
  enum class Kind { whole, part, unsatisfiable } kind = Kind::whole;
  uint64_t begin = 0, end = 0;  ///< of a part: bytes [begin, end)
};
/// What a Range header asks of `size` bytes (RFC 9110, 14.1.2). Several ranges, other units and nonsense: the whole.
RangeAnswer parse_range(std::string_view header, uint64_t size);

struct HostPort {
  std::string host;  ///< lower case; IPv6 without brackets
  std::string port;  ///< digits, or "" when not given
};
/// "localhost:7373", "[::1]:80", "name". Nothing when it's no host with an optional port.
std::optional<HostPort> parse_host(std::string_view text);

/// A name that is safe in a header and as a file: the part behind the last "/", without control characters, quotes,
/// backslashes and leading dots; "download" when nothing is left.
std::string safe_file_name(std::string_view name);

}  // namespace retort::serve
