#include "cli/coding_options.h"

#include <CLI/CLI.hpp>

#include "core/errors.h"
#include "core/text.h"

namespace retort::cli {

void add_coding_options(CLI::App& parser, CodingOptions& options, const std::string& of_what) {
  parser.add_option("--codebook", options.codebook, "entries of a codebook; one a " + of_what)
      ->check(CLI::Range(int64_t{1}, metrics::max_codebook_entries));
  parser.add_option("--sparse", options.sparse, "TERMS/ENTRIES: a " + of_what + " is a sum of TERMS of the ENTRIES");
  parser.add_option("--pca", options.pca, "channels to keep, as the leading directions")
      ->check(CLI::Range(int64_t{1}, metrics::max_coded_channels));
  parser.add_flag("--half", options.half, "the codebook, or what --pca keeps, in float16");
  parser.add_option("--seed", options.seed, "of the codebook's first entries");
}

metrics::CodingChoice coding_choice(const CodingOptions& options) {
  metrics::CodingChoice choice{.codebook = options.codebook, .pca = options.pca, .half = options.half};
  if (!options.sparse.empty()) {
    const auto parts = split(options.sparse, '/');
    if (parts.size() != 2 || !parse_integer(parts[0], choice.sparse_terms) ||
        !parse_integer(parts[1], choice.sparse_entries) || choice.sparse_terms < 1) {
      user_error("--sparse: '{}' is not TERMS/ENTRIES, such as 4/64", options.sparse);
    }
  }
  if ((choice.codebook > 0) + (choice.sparse_terms > 0) + (choice.pca > 0) != 1) {
    user_error("how to compress? give one of --codebook N, --sparse TERMS/ENTRIES and --pca N");
  }
  return choice;
}

}  // namespace retort::cli
