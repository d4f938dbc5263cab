#include "io/array.h"

#include <fmt/ranges.h>

#include <cstring>
#include <utility>

#include "core/errors.h"

namespace retort::io {
namespace {

// Calls visit(value) for each element read as Stored, however it is aligned.
template <class Stored, class Visit>
void for_each_element(std::span<const uint8_t> bytes, Visit&& visit) {
  for (size_t offset = 0; offset + sizeof(Stored) <= bytes.size(); offset += sizeof(Stored)) {
    Stored value;
    std::memcpy(&value, bytes.data() + offset, sizeof(Stored));
    visit(value);
  }
}

template <class Value>
Array copy_values(DType dtype, std::vector<int64_t> shape, std::span<const Value> values) {
  return make_array(dtype, std::move(shape),
                    std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes()));
}

}  // namespace

int64_t Array::count() const { return static_cast<int64_t>(data.bytes.size() / size_of(dtype)); }

std::vector<float> Array::to_floats() const {
  std::vector<float> values;
  values.reserve(static_cast<size_t>(count()));
  const auto keep = [&](auto value) { values.push_back(static_cast<float>(value)); };
  switch (dtype) {
    case DType::f64:
      for_each_element<double>(bytes(), keep);
      break;
    case DType::f32:
      for_each_element<float>(bytes(), keep);
      break;
    case DType::f16:
      for_each_element<uint16_t>(bytes(), [&](uint16_t half) { values.push_back(half_to_float(half)); });
      break;
    case DType::bf16:
      for_each_element<uint16_t>(bytes(), [&](uint16_t bits) { values.push_back(bfloat16_to_float(bits)); });
      break;
    default:
      for (const int64_t value : to_integers("array")) values.push_back(static_cast<float>(value));
  }
  return values;
}

std::vector<int64_t> Array::to_integers(std::string_view what) const {
  std::vector<int64_t> values;
  values.reserve(static_cast<size_t>(count()));
  const auto keep = [&](auto value) { values.push_back(static_cast<int64_t>(value)); };
  switch (dtype) {
    case DType::i64:
      for_each_element<int64_t>(bytes(), keep);
      break;
    case DType::i32:
      for_each_element<int32_t>(bytes(), keep);
      break;
    case DType::i16:
      for_each_element<int16_t>(bytes(), keep);
      break;
    case DType::i8:
      for_each_element<int8_t>(bytes(), keep);
      break;
    case DType::u8:
      for_each_element<uint8_t>(bytes(), keep);
      break;
    case DType::boolean:
      for_each_element<uint8_t>(bytes(), [&](uint8_t value) { values.push_back(value != 0); });
      break;
    default:
      user_error("{}: holds {} values; integers are needed", what, name_of(dtype));
  }
  return values;
}

Array make_array(DType dtype, std::vector<int64_t> shape, std::string bytes) {
  const auto expected = byte_count(dtype, shape);
  RT_CHECK(expected && *expected == bytes.size(), "{} bytes don't make an array {} of {}", bytes.size(),
           shape_text(shape), name_of(dtype));
  return {dtype, std::move(shape), share_bytes(std::move(bytes))};
}

Array make_array(std::vector<int64_t> shape, std::span<const float> values) {
  return copy_values(DType::f32, std::move(shape), values);
}

Array make_array(std::vector<int64_t> shape, std::span<const int64_t> values) {
  return copy_values(DType::i64, std::move(shape), values);
}

Array make_array(std::vector<int64_t> shape, std::span<const uint8_t> values) {
  return copy_values(DType::u8, std::move(shape), values);
}

Array make_half_array(std::vector<int64_t> shape, std::span<const float> values) {
  std::string bytes(values.size() * 2, '\0');
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t half = float_to_half(values[i]);
    std::memcpy(bytes.data() + 2 * i, &half, 2);
  }
  return make_array(DType::f16, std::move(shape), std::move(bytes));
}

std::string shape_text(std::span<const int64_t> shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

}  // namespace retort::io
