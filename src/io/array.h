// A dense array as it lies in a file: the torch-free currency of all readers and writers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/dtype.h"
#include "io/mapped_file.h"

namespace retort::io {

/// Row-major elements, little-endian, perhaps unaligned, shared and never changed. Copying an Array copies no elements.
struct Array {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  SharedBytes data;  ///< exactly count() * size_of(dtype) bytes

  int64_t count() const;
  int64_t dimensions() const { return static_cast<int64_t>(shape.size()); }
  std::span<const uint8_t> bytes() const { return data.bytes; }

  /// All elements converted to float32 (any dtype).
  std::vector<float> to_floats() const;
  /// All elements as int64. UserError naming `what` unless the dtype is an integer or bool.
  std::vector<int64_t> to_integers(std::string_view what) const;
};

using NamedArrays = std::map<std::string, Array>;

/// Takes over raw bytes. Fault when their number does not fit dtype and shape.
Array make_array(DType dtype, std::vector<int64_t> shape, std::string bytes);

/// Copies float32 / int64 / uint8 values. Fault when their number does not fit the shape.
Array make_array(std::vector<int64_t> shape, std::span<const float> values);
Array make_array(std::vector<int64_t> shape, std::span<const int64_t> values);
Array make_array(std::vector<int64_t> shape, std::span<const uint8_t> values);

/// Converts float values to float16 (half the size of a teacher map). Fault when their number does not fit the shape.
Array make_half_array(std::vector<int64_t> shape, std::span<const float> values);

/// "[3, 224, 224]".
std::string shape_text(std::span<const int64_t> shape);

}  // namespace retort::io
