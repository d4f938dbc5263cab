// Files that may lie there gzipped: read in place, whichever they are.
#pragma once

#include <cstdint>
#include <filesystem>

#include "io/mapped_file.h"

namespace retort::io {

/// A file's content: mapped, or unpacked in memory when its bytes begin like a gzip stream (its ending does not count).
/// UserError when it can't be opened, is damaged, or unpacks to more than `max_bytes`.
SharedBytes open_packed_file(const std::filesystem::path& path, uint64_t max_bytes);

/// `path`, or `path` with ".gz" where only that exists; nothing where neither does: an empty path.
std::filesystem::path find_packed_file(const std::filesystem::path& path);

}  // namespace retort::io
