// Reads TensorBoard event files back, written from the format and not from the writer.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "run/event_file.h"

namespace retort::tests {

struct ReadEvent {
  double wall_time = 0;
  int64_t step = 0;
  std::string file_version, tag, png;
  float value = 0;
  int64_t width = 0, height = 0, channels = 0;
};

/// One protobuf message as (field, varint or fixed value, bytes).
struct ReadField {
  int number = 0;
  uint64_t value = 0;
  std::string_view bytes;
};

inline bool read_varint(std::string_view& bytes, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t(byte & 127) << shift;
    if (byte < 128) return true;
  }
  return false;
}

inline std::vector<ReadField> read_fields(std::string_view message) {
  std::vector<ReadField> fields;
  uint64_t key = 0;
  while (!message.empty() && read_varint(message, key)) {
    ReadField field{static_cast<int>(key >> 3), 0, {}};
    const size_t fixed = (key & 7) == 1 ? 8 : 4;
    if ((key & 7) == 0) {
      read_varint(message, field.value);
    } else if ((key & 7) == 2) {
      uint64_t size = 0;
      read_varint(message, size);
      field.bytes = message.substr(0, size);
      message.remove_prefix(size);
    } else {
      std::memcpy(&field.value, message.data(), fixed);
      message.remove_prefix(fixed);
    }
    fields.push_back(field);
  }
  return fields;
}

inline void read_summary_value(std::string_view bytes, ReadEvent& event) {
  for (const auto& field : read_fields(bytes)) {
    if (field.number == 1) event.tag = field.bytes;
    if (field.number == 2) std::memcpy(&event.value, &field.value, sizeof event.value);
    if (field.number != 4) continue;
    for (const auto& part : read_fields(field.bytes)) {
      if (part.number == 1) event.height = static_cast<int64_t>(part.value);
      if (part.number == 2) event.width = static_cast<int64_t>(part.value);
      if (part.number == 3) event.channels = static_cast<int64_t>(part.value);
      if (part.number == 4) event.png = part.bytes;
    }
  }
}

/// All events of a file; stops at the first record whose framing or checksum is wrong (`whole` tells).
inline std::vector<ReadEvent> read_events(std::string_view file, bool& whole) {
  std::vector<ReadEvent> events;
  whole = false;
  while (file.size() >= 16) {
    uint64_t size = 0;
    uint32_t size_sum = 0, data_sum = 0;
    std::memcpy(&size, file.data(), 8);
    std::memcpy(&size_sum, file.data() + 8, 4);
    if (size_sum != run::masked_crc32c(file.substr(0, 8)) || size > file.size() - 16) return events;
    const auto data = file.substr(12, size);
    std::memcpy(&data_sum, file.data() + 12 + size, 4);
    if (data_sum != run::masked_crc32c(data)) return events;
    file.remove_prefix(16 + size);
    auto& event = events.emplace_back();
    for (const auto& field : read_fields(data)) {
      if (field.number == 1) std::memcpy(&event.wall_time, &field.value, 8);
      if (field.number == 2) event.step = static_cast<int64_t>(field.value);
      if (field.number == 3) event.file_version = field.bytes;
      if (field.number != 5) continue;
      for (const auto& value : read_fields(field.bytes)) read_summary_value(value.bytes, event);
    }
  }
  whole = file.empty();
  return events;
}

}  // namespace retort::tests
