#include "distil/field/session/messages/session_replies.h"

#include <nlohmann/json.hpp>

#include "io/bytes.h"

namespace retort::field {

namespace {
// Names of files and words may be no UTF-8; a page can't be shown what it can't read.
std::string reply_dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

nlohmann::ordered_json with_content(nlohmann::ordered_json json, const nlohmann::ordered_json& content) {
  for (const auto& entry : content.items()) json[entry.key()] = entry.value();
  return json;
}
}  // namespace

std::string binary_message(BinaryKind kind, uint32_t id, uint32_t count, std::string_view payload) {
  io::ByteWriter out;
  out.write_text("RTSB");
  out.write(static_cast<uint32_t>(kind));
  out.write(id);
  out.write(count);
  out.write_text(payload);
  return out.take();
}

std::string packed_bits(std::span<const uint8_t> bytes) {
  std::string bits((bytes.size() + 7) / 8, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != 0) bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << i % 8);
  }
  return bits;
}

std::string answer_text(uint32_t id, const nlohmann::ordered_json& content) {
  return reply_dump(with_content({{"id", id}, {"ok", true}}, content));
}

std::string refusal_text(uint32_t id, std::string_view error) {
  return reply_dump({{"id", id}, {"ok", false}, {"error", error}});
}

std::string event_text(std::string_view event, const nlohmann::ordered_json& content) {
  return reply_dump(with_content({{"event", event}}, content));
}

}  // namespace retort::field
