// The system's refusals as our two kinds of error, and opening files for reading.
#pragma once

#include <cstdint>
#include <filesystem>

namespace retort::io {

/// Throws "path: what: reason". UserError where another path or permission helps (no such folder, read-only ...), Fault
/// where the machine is at its end (disk full, broken disk, too many open files).
[[noreturn]] void raise_system_error(const std::filesystem::path& path, const char* what, int error_number);

/// Opens for reading; the caller closes the descriptor. UserError when it can't be opened.
int open_for_reading(const std::filesystem::path& path);

/// Size in bytes of an opened file. UserError when it is a folder, a pipe or a device.
uint64_t regular_file_size(int descriptor, const std::filesystem::path& path);

}  // namespace retort::io
