// The files of the page: read once, packed once, served from memory.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "serve/http_message.h"

namespace retort::serve {

/// A folder whose files are all known beforehand. Requests only look names up; no path is ever made from one.
class Assets {
 public:
  /// Reads every regular file below `folder` (links are passed over). UserError when it has no index.html, or holds
  /// more than 64 MB.
  explicit Assets(const std::filesystem::path& folder);

  /// The answer to GET or HEAD of a file, index.html for "/"; nothing for other names. With an ETag; cacheable when the
  /// name carries a hash ("app-3f9a1c2b.js").
  std::optional<Response> find(const Request& request) const;
  size_t size() const { return files_.size(); }

 private:
  std::map<std::string, Response> files_;  // by "assets/app.js"
};

/// Whether a file's name carries a hash of its content: a run of 8 or more letters and digits, a digit among them,
/// between "-" or "." and the ending.
bool name_carries_hash(const std::string& file_name);

}  // namespace retort::serve
