// Asking a web server for one file. libcurl does it (curl_client.cpp) where the build found it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weights/http_head.h"

namespace retort::weights {

struct HttpRequest {
  std::string address;
  std::vector<std::string> headers = {};  ///< "Name: value"
};

/// What hears the answer; each may end it by returning false.
struct HttpListener {
  std::function<bool(const HttpHead&)> head;  ///< once, before the body; also where the body is empty
  std::function<bool(std::string_view)> body;
  std::function<bool()> go_on;  ///< asked about once a second, also while nothing comes
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// One GET. Redirections are not followed. Returns "" when the answer ended whole or a listener ended it, else what
  /// went wrong (no connection, a broken one, nothing for a minute).
  virtual std::string get(const HttpRequest& request, const HttpListener& listener) = 0;
};

/// UserError in a build without libcurl.
std::unique_ptr<HttpClient> make_http_client();

}  // namespace retort::weights
