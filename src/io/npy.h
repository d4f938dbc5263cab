// NumPy's array files: one array (.npy) and several by name (.npz).
// Format: numpy/lib/format.py (versions 1.0, 2.0, 3.0).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/array.h"

namespace retort::io {

/// True when the bytes begin like a .npy file.
bool looks_like_npy(std::span<const uint8_t> bytes);

/// NumPy's name of an element type with its byte order ("<f4", "|u1"); nothing for others and for big-endian numbers.
std::optional<DType> numpy_dtype(std::string_view descr);

/// Reads one array; Fortran order is transposed into row-major order. UserError with the file when it is damaged,
/// big-endian, or of a dtype that Array does not know (objects would need unpickling and are always refused).
Array read_npy(const std::filesystem::path& path);

/// The same on bytes in memory; `name` leads the messages.
Array parse_npy(SharedBytes file, const std::string& name);

/// Writes version 1.0, row-major, atomically. bf16 has no NumPy name: Fault.
void write_npy(const std::filesystem::path& path, const Array& array);

/// Reads all arrays of an archive, stored or deflated; names lose their ".npy".
NamedArrays read_npz(const std::filesystem::path& path);
NamedArrays parse_npz(SharedBytes file, const std::string& name);

/// Writes an uncompressed archive, atomically, with fixed time stamps: the same arrays give the same bytes.
void write_npz(const std::filesystem::path& path, const NamedArrays& arrays);

}  // namespace retort::io
