// The head of a request as it came, and its decoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serve/http_message.h"

namespace retort::serve {

/// A request line and its fields, in order.
struct RequestHead {
  std::string method, target;
  int version = 11;  ///< 10 or 11
  bool keep_alive = true;
  bool upgrade = false;                                          ///< asks for a WebSocket
  std::vector<std::pair<std::string, std::string>> fields = {};  ///< names in lower case

  /// The first field of that name (lower case), or "".
  std::string_view field(std::string_view name) const;
  size_t count(std::string_view name) const;
};

/// Why a request is not let through.
struct Refusal {
  int status = 400;
  std::string message;
};

constexpr size_t most_target_bytes = 4096;

/// Fills in everything of a request but its body. A refusal for other methods (405), targets that are too long (414) or
/// badly encoded (400).
std::optional<Refusal> decode_request(const RequestHead& head, Request& request);

}  // namespace retort::serve
