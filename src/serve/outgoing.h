// A response as bytes: head, framing, packing, ranges.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "serve/request_head.h"

namespace retort::serve {

/// Bytes on their way to a client.
struct Outgoing {
  std::string first = {};  ///< the head, with the body where that is small
  /// The rest in pieces of bounded size, until nothing; empty when `first` is all. May throw: then the connection
  /// breaks off, so that the client sees that something is missing.
  std::function<std::optional<std::string>()> rest = {};
  bool keep_alive = true;
};

/// Fields beside those that every response gets.
using ExtraFields = std::vector<std::pair<std::string, std::string>>;

/// Answers a request (or one that couldn't be read: an empty head). Opens files, packs; may take a while.
Outgoing make_outgoing(Response response, const RequestHead& head, const ExtraFields& extra = {});

/// The fields that guard a page, on every response. `host`: the request's Host field, for the WebSocket's address.
/// `inert`: Response::inert.
std::string security_fields(std::string_view host, bool inert);

}  // namespace retort::serve
