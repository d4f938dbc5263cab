#include "serve/request_parser.h"

#include "serve/beast_request.h"

namespace retort::serve {

void set_limits(RequestParser& parser, const RequestLimits& limits) {
  parser.eager(true);
  parser.header_limit(static_cast<uint32_t>(limits.most_header_bytes));
  parser.body_limit(limits.most_body_bytes);
}

RequestHead head_of(const http::request<http::string_body>& message) {
  RequestHead head{.method = std::string(message.method_string()),
                   .target = std::string(message.target()),
                   .version = static_cast<int>(message.version()),
                   .keep_alive = message.keep_alive(),
                   .upgrade = websocket::is_upgrade(message)};
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    head.fields.emplace_back(std::move(name), std::string(field.value()));
  }
  return head;
}

std::optional<Refusal> refusal_of(error_code error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() != make_error_code(http::error::bad_method).category()) return std::nullopt;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return Refusal{431, "the request's fields are too long"};
  }
  if (error == http::error::body_limit) return Refusal{413, "the request is too long"};
  return Refusal{400, "this is no HTTP request: " + error.message()};
}

std::variant<std::monostate, ParsedRequest, Refusal> parse_request(std::string_view bytes,
                                                                   const RequestLimits& limits) {
  RequestParser parser;
  set_limits(parser, limits);
  while (!parser.is_done()) {
    if (bytes.empty()) return {};
    error_code error;
    const size_t used = parser.put(asio::buffer(bytes), error);
    if (error == http::error::need_more && used == 0) return {};
    if (error && error != http::error::need_more) {
      auto refusal = refusal_of(error);
      if (!refusal) return {};
      return *refusal;
    }
    bytes.remove_prefix(used);
  }
  ParsedRequest parsed{.head = head_of(parser.get()), .request = {}};
  if (auto refusal = decode_request(parsed.head, parsed.request)) return *refusal;
  parsed.request.body = std::move(parser.get().body());
  return parsed;
}

}  // namespace retort::serve
