#include "core/env.h"

#include <algorithm>
#include <cstdlib>

#include "core/errors.h"

namespace retort::env {

const std::vector<std::pair<std::string, std::string>>& known() {
  static const std::vector<std::pair<std::string, std::string>> variables = {
      {"ISA", "instruction set of the kernels: scalar, avx2 or avx512 (default: the best this machine has)"},
      {"THREADS", "threads to use (default: all cores; --threads wins)"},
      {"SHARED", "folder whose data/NAME are the data sets that recipes, tests and claims name"},
      {"WEIGHTS", "folder of fetched weights (default: ~/.cache/retort/weights)"},
  };
  return variables;
}

std::string get(const char* name) {
  const auto& variables = known();
  RT_CHECK(std::any_of(variables.begin(), variables.end(), [&](const auto& entry) { return entry.first == name; }),
           "environment variable RETORT_{} is not listed in core/env.cpp", name);
  const char* value = std::getenv(fmt::format("RETORT_{}", name).c_str());
  return value == nullptr ? "" : value;
}

std::vector<std::string> set() {
  std::vector<std::string> lines;
  for (const auto& [name, meaning] : known()) {
    if (const auto value = get(name.c_str()); !value.empty()) lines.push_back(fmt::format("RETORT_{}={}", name, value));
  }
  return lines;
}

}  // namespace retort::env
