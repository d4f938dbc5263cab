// A set of classes in few bits.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace retort::data {

/// Bytes that `count` of `classes` classes take, about count (2 + log2(classes / count)) / 8: 80 for 128 of 1,000. All
/// of them take none. 1 <= count <= classes.
size_t class_set_bytes(int64_t classes, int64_t count);

/// Appends rising `indices` in [0, classes). Elias, "Efficient Storage and Retrieval by Content and Address of Static
/// Files", 1974; Fano, 1971: the low bits of each index as they are, of the high ones the differences in unary.
void append_class_set(std::span<const int32_t> indices, int64_t classes, std::string& bytes);

/// Reads what append_class_set() wrote from exactly class_set_bytes() bytes; `indices` has `count` places. False when
/// the bytes are no such set.
bool read_class_set(std::span<const uint8_t> bytes, int64_t classes, std::span<int32_t> indices);

}  // namespace retort::data
