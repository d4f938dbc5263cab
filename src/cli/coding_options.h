// The options by which verbs say how vectors are to be stored.
#pragma once

#include <cstdint>
#include <string>

#include "metrics/vector_coding.h"

namespace CLI {
class App;
}

namespace retort::cli {

struct CodingOptions {
  int64_t codebook = 0, pca = 0;
  std::string sparse;  ///< "4/64"
  bool half = false;
  uint64_t seed = 0;
};

/// --codebook, --sparse, --pca, --half and --seed; `of_what` is what a code stands for ("splat", "pixel").
void add_coding_options(CLI::App& parser, CodingOptions& options, const std::string& of_what);

/// UserError unless exactly one of the first three is given, and well.
metrics::CodingChoice coding_choice(const CodingOptions& options);

}  // namespace retort::cli
