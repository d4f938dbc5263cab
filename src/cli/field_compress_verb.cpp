#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "core/text.h"
#include "distil/field/gaussians/compress.h"
#include "io/atomic_file.h"

namespace retort::cli {

namespace {
struct CompressVerbOptions {
  std::string field, output, sparse;
  int64_t codebook = 0, pca = 0;
  uint64_t seed = 0;
};

field::CompressOptions compress_options(const CompressVerbOptions& options) {
  field::CompressOptions wanted{.codebook = options.codebook, .pca = options.pca};
  if (!options.sparse.empty()) {
    const auto parts = split(options.sparse, '/');
    if (parts.size() != 2 || !parse_integer(parts[0], wanted.sparse_terms) ||
        !parse_integer(parts[1], wanted.sparse_entries) || wanted.sparse_terms < 1) {
      user_error("--sparse: '{}' is not TERMS/ENTRIES, such as 4/64", options.sparse);
    }
  }
  if ((wanted.codebook > 0) + (wanted.sparse_terms > 0) + (wanted.pca > 0) != 1) {
    user_error("how to compress? give one of --codebook N, --sparse TERMS/ENTRIES and --pca N");
  }
  return wanted;
}

int compress(const CompressVerbOptions& options, Invocation& invocation) {
  const auto wanted = compress_options(options);
  const auto open = open_field(options.field);
  const auto folder = options.output.empty() ? open.folder / "compressed" : std::filesystem::path(options.output);
  const auto compressed = field::compress_field(open.field, wanted, RandomTree(options.seed).child("codes").generator(),
                                                invocation.context.pool);
  std::filesystem::create_directories(folder);
  field::save_field(folder / "field.safetensors", compressed.field);
  // With the recipe beside it the folder is as good as the run's: scene, teacher and words are found through it.
  if (const auto recipe = open.folder / "recipe.yaml"; std::filesystem::is_regular_file(recipe)) {
    io::write_whole_file(folder / "recipe.yaml", io::read_whole_file(recipe, 1 << 20));
  }
  io::write_whole_file(folder / "compression.json", field::to_json(compressed).dump(2) + "\n");
  const auto& error = compressed.error;
  fmt::print("{}: {} splats, features {} -> {} ({:.1f} times smaller)\n", (folder / "field.safetensors").string(),
             compressed.field.size(), human_bytes(double(compressed.bytes_before)),
             human_bytes(double(compressed.bytes_after)),
             double(compressed.bytes_before) / double(std::max<int64_t>(compressed.bytes_after, 1)));
  fmt::print("error of the splats' features: relative L2 {:.4f}; cosine {:.4f} on average, {:.4f} for the worst 1 %\n",
             error.relative_l2, error.mean_cosine, error.worst_cosine);
  return exit_done;
}
}  // namespace

Verb make_field_compress_verb() {
  return {
      .name = "compress",
      .heading = "",
      .summary = "a field whose features take fewer bytes, with the error stated",
      .examples = {{"field compress runs/fox --codebook 1024", "each splat names one of 1,024 vectors"},
                   {"field compress runs/fox --sparse 4/64", "each splat mixes 4 of 64 vectors"},
                   {"field eval runs/fox/compressed", "what it costs in rendered maps"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<CompressVerbOptions>();
        parser.add_option("FIELD", options->field, "a run folder, a field.safetensors or a file of splats")->required();
        parser.add_option("--codebook", options->codebook, "entries of a codebook; one a splat")
            ->check(CLI::Range(1, 1 << 20));
        parser.add_option("--sparse", options->sparse, "TERMS/ENTRIES: a splat is a sum of TERMS of the ENTRIES");
        parser.add_option("--pca", options->pca, "channels to keep, as the leading directions")
            ->check(CLI::Range(1, 1 << 16));
        parser.add_option("--seed", options->seed, "of the codebook's first entries");
        parser.add_option("--output", options->output, "folder (default: compressed/ in the run folder)");
        return [options](Invocation& invocation) { return compress(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
