// What `retort --version` prints.
#pragma once

#include <string>

namespace retort::cli {

/// "retort 0.1.0 (LibTorch 2.13.0+cpu)\n".
std::string version_text();

}  // namespace retort::cli
