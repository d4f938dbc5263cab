#include <gtest/gtest.h>

#include <filesystem>

#include "core/registries.h"
#include "run/parity.h"

namespace retort {

void register_splat_parity(Registries& registries);

namespace {

/// Files of the functions that this room registers.
std::vector<std::filesystem::path> splat_golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(RETORT_SOURCE_DIR "/tests/golden/field/splat")) {
    const std::string name = entry.path().filename().string();
    for (const char* function : {"project", "render", "spherical_harmonics", "eval_sh"}) {
      if (name.rfind(function, 0) == 0) files.push_back(entry.path());
    }
  }
  return files;
}

TEST(SplatParity, GoldenFilesPassInBothPrecisions) {
  Registries registries;
  register_splat_parity(registries);
  const auto files = splat_golden_files();
  EXPECT_EQ(files.size(), 12u);
  for (const auto& file : files) {
    for (const auto dtype : {run::ParityDtype::as_stored, run::ParityDtype::float64}) {
      const auto outcome = run::run_parity_file(registries, file, dtype);
      EXPECT_EQ(outcome.kind, run::ParityOutcome::Kind::passed)
          << (dtype == run::ParityDtype::float64 ? "float64: " : "float32: ") << outcome.line;
    }
  }
}

}  // namespace

}  // namespace retort
