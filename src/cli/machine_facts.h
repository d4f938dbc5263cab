// What `retort doctor` finds out about the machine and the libraries in this process.
#pragma once

#include <string>
#include <vector>

namespace retort::cli {

/// "AMD EPYC ..." or "" where the kernel does not say.
std::string processor_name();

/// Instruction sets of this processor that matter here, weakest first: "sse4.2", "avx2", "fma", "avx512f" ...
std::vector<std::string> instruction_sets();

/// Files of this process' memory map, each once, in the format of /proc/self/maps (`maps` is its text).
std::vector<std::string> mapped_libraries(const std::string& maps);

/// Those that are OpenMP runtimes (libgomp, libomp, libiomp5), by file.
std::vector<std::string> openmp_runtimes(const std::vector<std::string>& libraries);

/// The first library whose file name begins with `prefix`, or "".
std::string find_library(const std::vector<std::string>& libraries, const std::string& prefix);

/// Whole text of a small file such as those under /proc; "" when it can't be read.
std::string read_proc_file(const std::string& path);

}  // namespace retort::cli
