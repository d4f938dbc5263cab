// From bytes to a request by Boost.Beast's parser under our limits; without Beast in sight, for tests and fuzzing.
#pragma once

#include <string_view>
#include <variant>

#include "serve/request_head.h"

namespace retort::serve {

struct RequestLimits {
  size_t most_header_bytes = 16 << 10, most_body_bytes = 1 << 20;
};

struct ParsedRequest {
  RequestHead head;
  Request request;
};

/// One whole request at the beginning of `bytes`, as a connection would read it: let through, or refused with what the
/// client would be told. Nothing when the bytes end before the request does.
std::variant<std::monostate, ParsedRequest, Refusal> parse_request(std::string_view bytes, const RequestLimits& limits);

}  // namespace retort::serve
