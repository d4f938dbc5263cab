// Beast's messages and errors as ours.
#pragma once

#include "serve/beast_headers.h"
#include "serve/request_head.h"
#include "serve/request_parser.h"

namespace retort::serve {

using RequestParser = http::request_parser<http::string_body>;

void set_limits(RequestParser& parser, const RequestLimits& limits);
RequestHead head_of(const http::request<http::string_body>& message);
/// What a client is told whose bytes are no request; nothing when the connection merely ended.
std::optional<Refusal> refusal_of(error_code error);

}  // namespace retort::serve
