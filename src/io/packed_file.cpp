#include "io/packed_file.h"

#include "io/gzip.h"

namespace retort::io {

SharedBytes open_packed_file(const std::filesystem::path& path, uint64_t max_bytes) {
  SharedBytes file = map_file(path);
  if (!looks_like_gzip(file.bytes)) return file;
  return share_bytes(gunzip(file.bytes, path.string(), max_bytes));
}

std::filesystem::path find_packed_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return path;
  const std::filesystem::path packed = path.string() + ".gz";
  return std::filesystem::exists(packed, ignored) ? packed : std::filesystem::path();
}

}  // namespace retort::io
