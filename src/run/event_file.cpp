#include "run/event_file.h"

#include <array>

#include "io/bytes.h"

namespace retort::run {

namespace {
constexpr auto crc32c_table = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0x82F63B78u : value >> 1;
    table[byte] = value;
  }
  return table;
}();

// Writes protobuf fields: a key (number << 3 | wire type), then the value.
class ProtobufWriter {
 public:
  void integer(int field, uint64_t value) {
    varint(uint64_t(field) << 3 | 0);
    varint(value);
  }
  void fixed(int field, double value) {
    varint(uint64_t(field) << 3 | 1);
    bytes_.write(value);
  }
  void fixed(int field, float value) {
    varint(uint64_t(field) << 3 | 5);
    bytes_.write(value);
  }
  void text(int field, std::string_view value) {
    varint(uint64_t(field) << 3 | 2);
    varint(value.size());
    bytes_.write_text(value);
  }
  std::string take() { return bytes_.take(); }

 private:
  void varint(uint64_t value) {
    for (; value >= 128; value >>= 7) bytes_.write(static_cast<uint8_t>(value | 128));
    bytes_.write(static_cast<uint8_t>(value));
  }
  io::ByteWriter bytes_;
};

// Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
std::string summary_event(int64_t step, double wall_time, std::string_view summary_value) {
  ProtobufWriter summary, event;
  summary.text(1, summary_value);  // Summary { repeated Value value = 1; }
  event.fixed(1, wall_time);
  event.integer(2, static_cast<uint64_t>(step));
  event.text(5, summary.take());
  return event.take();
}
}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t sum = ~0u;
  for (const unsigned char byte : bytes) sum = crc32c_table[(sum ^ byte) & 255] ^ sum >> 8;
  return ~sum;
}

uint32_t masked_crc32c(std::string_view bytes) {
  const uint32_t sum = crc32c(bytes);
  return (sum >> 15 | sum << 17) + 0xA282EAD8u;
}

std::string frame_event_record(std::string_view payload) {
  io::ByteWriter record;
  record.write(static_cast<uint64_t>(payload.size()));
  record.write(masked_crc32c(record.bytes()));
  record.write_text(payload);
  record.write(masked_crc32c(payload));
  return record.take();
}

std::string encode_version_event(double wall_time) {
  ProtobufWriter event;
  event.fixed(1, wall_time);
  event.text(3, "brain.Event:2");
  return event.take();
}

std::string encode_scalar_event(int64_t step, double wall_time, const std::string& tag, float value) {
  ProtobufWriter entry;  // Value { string tag = 1; float simple_value = 2; Image image = 4; }
  entry.text(1, tag);
  entry.fixed(2, value);
  return summary_event(step, wall_time, entry.take());
}

std::string encode_image_event(int64_t step, double wall_time, const std::string& tag, int width, int height,
                               int channels, std::string_view png) {
  ProtobufWriter image,
      entry;  // Image { int32 height = 1, width = 2, colorspace = 3; bytes encoded_image_string = 4; }
  image.integer(1, static_cast<uint64_t>(height));
  image.integer(2, static_cast<uint64_t>(width));
  image.integer(3, static_cast<uint64_t>(channels));
  image.text(4, png);
  entry.text(1, tag);
  entry.text(4, image.take());
  return summary_event(step, wall_time, entry.take());
}

}  // namespace retort::run
