// Requests and responses as handlers see them; nothing of the HTTP library shows.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace retort::serve {

struct Request {
  std::string method;                        ///< "GET", "POST", "HEAD"
  std::vector<std::string> path;             ///< decoded parts: "/api/runs/a%20b" -> {"api", "runs", "a b"}
  std::map<std::string, std::string> query;  ///< decoded
  std::string body;
};

/// The body is `content`, or a file's bytes, or pieces that are made while they are sent.
struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string content;
  std::filesystem::path file;  ///< sent instead of content when not empty
  /// Called again and again until it returns nothing; each piece goes out as a chunk as soon as the client takes it.
  std::function<std::optional<std::string>()> pieces;
  std::string download_name;  ///< as an attachment of that name when not empty
  bool compressible = true;   ///< gzip where the client takes it
  bool cacheable = false;     ///< its address changes with its content
};

Response json_response(std::string json, int status = 200);
/// {"error": message} with that status.
Response error_response(int status, std::string_view message);

}  // namespace retort::serve
