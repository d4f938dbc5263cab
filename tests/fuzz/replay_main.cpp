// Feeds one fuzz target the files of its corpus, for builds without libFuzzer.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "core/errors.h"
#include "fuzz/replay_targets.h"
#include "io/atomic_file.h"
#include "io/bytes.h"

namespace {

constexpr uint64_t max_corpus_file_bytes = 16u << 20;

std::vector<std::filesystem::path> files_of(const char* folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const auto& targets = retort::fuzz::replay_targets();
  const auto target = argument_count == 3 ? targets.find(arguments[1]) : targets.end();
  if (target == targets.end()) {
    std::fprintf(stderr, "usage: %s PARSER CORPUS_FOLDER\n", arguments[0]);
    return 2;
  }
  try {
    const auto files = files_of(arguments[2]);
    for (const auto& file : files) {
      const std::string content = retort::io::read_whole_file(file, max_corpus_file_bytes);
      try {
        target->second(retort::io::as_bytes(content).data(), content.size());
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", file.c_str(), error.what());
        return 1;
      }
    }
    std::printf("%zu files replayed\n", files.size());
    return files.empty() ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
