#include "cli/machine_facts.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/text.h"

namespace retort::cli {

namespace {
/// Value of the first "key<blanks>: value" line.
std::string proc_value(const std::string& text, const std::string& key) {
  for (const auto& line : split(text, '\n')) {
    const auto colon = line.find(':');
    if (colon != std::string::npos && trim(line.substr(0, colon)) == key) return trim(line.substr(colon + 1));
  }
  return "";
}
}  // namespace

std::string read_proc_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string processor_name() { return proc_value(read_proc_file("/proc/cpuinfo"), "model name"); }

std::vector<std::string> instruction_sets() {
  std::vector<std::string> sets;
  if (__builtin_cpu_supports("sse4.2")) sets.push_back("sse4.2");
  if (__builtin_cpu_supports("avx")) sets.push_back("avx");
  if (__builtin_cpu_supports("avx2")) sets.push_back("avx2");
  if (__builtin_cpu_supports("fma")) sets.push_back("fma");
  if (__builtin_cpu_supports("avx512f")) sets.push_back("avx512f");
  if (__builtin_cpu_supports("avx512bw")) sets.push_back("avx512bw");
  if (__builtin_cpu_supports("avx512dq")) sets.push_back("avx512dq");
  if (__builtin_cpu_supports("avx512vl")) sets.push_back("avx512vl");
  return sets;
}

std::vector<std::string> mapped_libraries(const std::string& maps) {
  std::vector<std::string> files;
  for (const auto& line : split(maps, '\n')) {
    const auto slash = line.find('/');
    if (slash == std::string::npos) continue;
    const auto file = line.substr(slash);
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  }
  return files;
}

std::string find_library(const std::vector<std::string>& libraries, const std::string& prefix) {
  for (const auto& file : libraries) {
    if (std::filesystem::path(file).filename().string().rfind(prefix, 0) == 0) return file;
  }
  return "";
}

std::vector<std::string> openmp_runtimes(const std::vector<std::string>& libraries) {
  std::vector<std::string> runtimes;
  for (const auto& file : libraries) {
    const auto name = std::filesystem::path(file).filename().string();
    for (const char* runtime : {"libgomp", "libomp.", "libomp-", "libiomp5"}) {
      if (name.rfind(runtime, 0) == 0) runtimes.push_back(file);
    }
  }
  return runtimes;
}

}  // namespace retort::cli
