#include "serve/request_head.h"

#include <algorithm>

#include "serve/request_text.h"

namespace retort::serve {

std::string_view RequestHead::field(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, [](const auto& field) { return std::string_view(field.first); });
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

size_t RequestHead::count(std::string_view name) const {
  return static_cast<size_t>(std::ranges::count_if(fields, [&](const auto& field) { return field.first == name; }));
}

std::optional<Refusal> decode_request(const RequestHead& head, Request& request) {
  if (head.method != "GET" && head.method != "HEAD" && head.method != "POST") {
    return Refusal{405, "only GET, HEAD and POST are answered"};
  }
  if (head.target.size() > most_target_bytes) return Refusal{414, "the address is too long"};
  auto target = parse_target(head.target);
  if (!target) return Refusal{400, "the address is badly written"};
  request.method = head.method;
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  return std::nullopt;
}

}  // namespace retort::serve
