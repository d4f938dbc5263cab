// TensorBoard event files: records of (length, CRC, protobuf, CRC). Facts of the format: tensorflow/core/lib/io
// (record_writer) for the framing, event.proto and summary.proto for the field numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace retort::run {

/// CRC-32C (Castagnoli), and the rotated form that the records carry.
uint32_t crc32c(std::string_view bytes);
uint32_t masked_crc32c(std::string_view bytes);

/// One record with its framing.
std::string frame_event_record(std::string_view payload);

/// The protobuf messages; `wall_time` in seconds since 1970.
std::string encode_version_event(double wall_time);
std::string encode_scalar_event(int64_t step, double wall_time, const std::string& tag, float value);
/// `png`: a whole PNG file.
std::string encode_image_event(int64_t step, double wall_time, const std::string& tag, int width, int height,
                               int channels, std::string_view png);

}  // namespace retort::run
