#include "cli/version.h"

#include <fmt/core.h>
#include <torch/version.h>

#include "retort_build.h"

namespace retort::cli {

std::string version_text() { return fmt::format("retort {} (LibTorch {})\n", build::version, TORCH_VERSION); }

}  // namespace retort::cli
