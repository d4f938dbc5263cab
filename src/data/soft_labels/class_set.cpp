#include "data/soft_labels/class_set.h"

#include <bit>
#include <numeric>

#include "core/errors.h"

namespace retort::data {
namespace {

struct ClassSetLayout {
  int low_bits;
  int64_t high_bits;  // a one for each index, a zero for each step of the high part

  ClassSetLayout(int64_t classes, int64_t count)
      : low_bits(std::bit_width(uint64_t(classes / count)) - 1), high_bits(count + ((classes - 1) >> low_bits) + 1) {}
};

bool bit_at(std::span<const uint8_t> bytes, int64_t place) {
  return ((bytes[size_t(place / 8)] >> (place % 8)) & 1) != 0;
}

}  // namespace

size_t class_set_bytes(int64_t classes, int64_t count) {
  if (classes == count) return 0;
  const ClassSetLayout layout(classes, count);
  return size_t((layout.high_bits + count * layout.low_bits + 7) / 8);
}

void append_class_set(std::span<const int32_t> indices, int64_t classes, std::string& bytes) {
  const auto count = int64_t(indices.size());
  const size_t begin = bytes.size();
  bytes.resize(begin + class_set_bytes(classes, count));
  if (classes == count) return;
  const ClassSetLayout layout(classes, count);
  const auto set_bit = [&](int64_t place) {
    auto& byte = bytes[begin + size_t(place / 8)];
    byte = char(uint8_t(byte) | (1u << (place % 8)));
  };
  for (int64_t i = 0; i < count; ++i) {
    const int32_t index = indices[size_t(i)];
    RT_CHECK(index >= 0 && index < classes && (i == 0 || index > indices[size_t(i) - 1]), "class {} of {} out of order",
             index, classes);
    set_bit((index >> layout.low_bits) + i);
    for (int bit = 0; bit < layout.low_bits; ++bit)
      if (((index >> bit) & 1) != 0) set_bit(layout.high_bits + i * layout.low_bits + bit);
  }
}

bool read_class_set(std::span<const uint8_t> bytes, int64_t classes, std::span<int32_t> indices) {
  const auto count = int64_t(indices.size());
  if (classes == count) {
    std::iota(indices.begin(), indices.end(), 0);
    return true;
  }
  const ClassSetLayout layout(classes, count);
  int64_t found = 0, last = -1;
  for (int64_t place = 0; place < layout.high_bits; ++place) {
    if (!bit_at(bytes, place)) continue;
    if (found == count) return false;
    int64_t index = (place - found) << layout.low_bits;
    for (int bit = 0; bit < layout.low_bits; ++bit)
      index |= int64_t{bit_at(bytes, layout.high_bits + found * layout.low_bits + bit)} << bit;
    if (index <= last || index >= classes) return false;
    indices[size_t(found++)] = int32_t(last = index);
  }
  return found == count;
}

}  // namespace retort::data
