// Status line and headers of an HTTP answer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace retort::weights {

struct HttpHead {
  int status = 0;
  std::map<std::string, std::string> headers = {};  ///< names in lower case; of equal ones the last

  /// Takes one line, with or without its line end. A status line begins a new head: an answer may be led by others
  /// (100 Continue, a proxy's). Lines that are neither are passed over, and so is what goes beyond 64 KB.
  void add_line(std::string_view line);
  /// The header's value, or "".
  std::string get(const std::string& lower_case_name) const;

 private:
  size_t size_ = 0;
};

/// Content-Range of a part: bytes first to last (inclusive) of `total`, which a server may leave open.
struct ContentRange {
  int64_t first = 0, last = 0;
  std::optional<int64_t> total = {};
};

/// Nothing unless `text` is "bytes F-L/T" or "bytes F-L/*" with F <= L < T.
std::optional<ContentRange> parse_content_range(std::string_view text);

/// The ETag when it promises equal bytes for equal tags (RFC 9110, 8.8.3: a strong one) and can be sent back in a
/// header; else "".
std::string strong_etag(const HttpHead& head);

}  // namespace retort::weights
