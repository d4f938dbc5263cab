// How much memory this process may still take: what the machine has free, and what its control groups leave it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace retort {

struct MemoryRoom {
  int64_t total_bytes = 0;      ///< of the machine or of the tightest limit, whichever is less; 0: unknown
  int64_t available_bytes = 0;  ///< free or at once reclaimable, at least 1 where it is known; 0: unknown
  std::string limited_by = {};  ///< the control group's folder that leaves the least; "": the machine itself
};

/// MemTotal and MemAvailable of <proc>/meminfo, and of each control group from <proc>/self/cgroup up to the root the
/// limit less the usage, file pages not counted (they make way). Version 2 has its groups under `groups`, version 1
/// under `groups`/memory; both are looked at. What can't be read counts as no limit: in a container the group's path is
/// often the host's, and only its root is there. Source: Linux, Documentation/admin-guide/cgroup-v2.rst (memory.max,
/// memory.current, memory.stat) and cgroup-v1/memory.rst.
MemoryRoom memory_room(const std::filesystem::path& proc = "/proc",
                       const std::filesystem::path& groups = "/sys/fs/cgroup");

}  // namespace retort
