// Requests and responses as handlers see them; nothing of the HTTP library shows.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace retort::serve {

struct Request {
  std::string method;                        ///< "GET", "POST", "HEAD"
  std::vector<std::string> path;             ///< decoded parts: "/api/runs/a%20b" -> {"api", "runs", "a b"}
  std::map<std::string, std::string> query;  ///< decoded; without the token
  std::string body;
};

/// The body is `content`, or shared_content, or a file's bytes, or pieces that are made while they are sent.
struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string content;
  std::shared_ptr<const std::string> shared_content;  ///< sent instead of content when set: what many requests get
  std::shared_ptr<const std::string> shared_gzip;     ///< shared_content packed beforehand; may be missing
  std::filesystem::path file;                         ///< sent instead of content when not empty
  /// Called again and again until it returns nothing; each piece goes out as a chunk as soon as the client takes it.
  std::function<std::optional<std::string>()> pieces;
  std::string download_name;  ///< as an attachment of that name when not empty
  bool compressible = true;   ///< gzip where the client takes it
  bool cacheable = false;     ///< its address changes with its content
  bool inert = false;         ///< nobody vouches for it: a browser shows it without scripts and asks nobody for more
  std::string etag;           ///< names this content without quotes; files get one by themselves
};

Response json_response(std::string json, int status = 200);
/// {"error": message} with that status.
Response error_response(int status, std::string_view message);

}  // namespace retort::serve
