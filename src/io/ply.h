// PLY point files: a reader for the vertices of any file, a writer for rows of float32.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/atomic_file.h"

namespace retort::io {

/// The scalar properties of the element `vertex`.
struct PlyVertices {
  int64_t rows = 0;
  std::vector<std::string> names;  ///< in the file's order
  std::vector<float> values;       ///< [rows, names.size()]; integers above 2^24 and doubles are rounded to float32

  int64_t columns() const { return int64_t(names.size()); }
  std::optional<int64_t> column(std::string_view name) const;
};

/// Reads ascii and binary files of both byte orders. List properties and other elements are skipped. UserError for
/// unknown types, counts that the file's size can't hold, truncated data, or no scalar vertex property.
PlyVertices read_ply(const std::filesystem::path& path);
PlyVertices decode_ply(std::span<const uint8_t> bytes, const std::string& name);

/// The scalar properties of one element, whole: 32-bit integers keep all their bits.
struct PlyTable {
  std::string name;
  int64_t rows = 0;
  std::vector<std::string> names;  ///< in the file's order
  std::vector<double> values;      ///< [rows, names.size()]
};

/// All elements of a file, under the same checks. For files that pack several numbers into one (compressed PLY).
std::vector<PlyTable> decode_ply_tables(std::span<const uint8_t> bytes, const std::string& name);

/// Little-endian float32, or text: numbers that read back as the same float32, a line a row.
enum class PlyStorage { binary, ascii };

/// Writes float32 properties row by row; the file appears with commit().
class PlyWriter {
 public:
  /// `rows` goes into the header. Property names must be non-empty and without blanks (Fault).
  PlyWriter(const std::filesystem::path& path, const std::vector<std::string>& names, int64_t rows,
            const std::vector<std::string>& comments = {}, PlyStorage storage = PlyStorage::binary);

  /// Any number of whole rows, [n, names.size()].
  void write_rows(std::span<const float> values);
  /// Fault unless exactly the announced rows were written.
  void commit();

 private:
  AtomicFile file_;
  PlyStorage storage_;
  int64_t columns_, rows_, written_ = 0;
};

}  // namespace retort::io
