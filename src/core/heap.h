// How memory that was freed goes back to the system.
#pragma once

namespace retort {

/// Lets this process keep freed memory up to 256 MiB, and its larger blocks up to 32 MiB each, for what is allocated
/// next. A training step allocates and frees the same arrays again and again; where each goes back to the system, the
/// kernel clears their pages anew every time, which took a quarter of a small network's steps. For a program's start,
/// before it has threads. Does nothing where the C library is not glibc.
void keep_freed_memory();

}  // namespace retort
