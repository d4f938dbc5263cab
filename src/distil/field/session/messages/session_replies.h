// Answers to a page: JSON texts and binary messages ("RTSB"), as docs/design/page_protocol.md lays them out.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace retort::field {

enum class BinaryKind : uint32_t { scores = 1, selected = 2, alive = 3, rows = 4, colours = 5 };

/// 16 bytes of header, then the payload. `id`: of the request, 0 for events. `count`: splats of the field.
std::string binary_message(BinaryKind kind, uint32_t id, uint32_t count, std::string_view payload);

/// Bit i % 8 of byte i / 8 is set where the i-th byte is not 0.
std::string packed_bits(std::span<const uint8_t> bytes);

/// {"id": ..., "ok": true} with the content's keys.
std::string answer_text(uint32_t id, const nlohmann::ordered_json& content);
/// {"id": ..., "ok": false, "error": ...}
std::string refusal_text(uint32_t id, std::string_view error);
/// {"event": ...} with the content's keys.
std::string event_text(std::string_view event, const nlohmann::ordered_json& content);

}  // namespace retort::field
