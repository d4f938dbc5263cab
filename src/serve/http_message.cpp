#include "serve/http_message.h"

#include <nlohmann/json.hpp>

namespace retort::serve {

Response json_response(std::string json, int status) {
  Response response;
  response.status = status;
  response.content = std::move(json);
  return response;
}

Response error_response(int status, std::string_view message) {
  return json_response(
      nlohmann::json{{"error", message}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), status);
}

}  // namespace retort::serve
