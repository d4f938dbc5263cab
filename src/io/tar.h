// Tape archives (POSIX ustar and pax, GNU long names), read in place: members are parts of the archive's bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace retort::io {

/// A regular file of an archive.
struct TarMember {
  std::string name;     ///< with '/', without a leading "./"
  uint64_t offset = 0;  ///< of its content in the archive
  uint64_t size = 0;
};

/// True when the bytes begin with a tar header whose checksum holds.
bool looks_like_tar(std::span<const uint8_t> bytes);

/// The regular files in the archive's order; folders, links and devices are left out. Nothing is unpacked. UserError
/// led by `name` when a header's checksum is wrong, a member leaves the archive, or the end marker is missing (a copy
/// that broke off). Format: IEEE Std 1003.1, pax, "ustar Interchange Format" and "pax Header Block".
std::vector<TarMember> tar_members(std::span<const uint8_t> bytes, const std::string& name);

}  // namespace retort::io
