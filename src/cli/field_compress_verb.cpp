#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/coding_options.h"
#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "core/isa.h"
#include "core/text.h"
#include "distil/field/gaussians/compress.h"
#include "distil/field/gaussians/rendered_error.h"
#include "io/atomic_file.h"

namespace retort::cli {

namespace {
struct CompressVerbOptions {
  std::string field, output, scene;
  CodingOptions coding;
};

/// Cameras of the held-out views (of all others where none is held out) of the scene that is named, or that the run was
/// made with, if it is still there.
std::vector<field::Camera> scene_cameras(const CompressVerbOptions& options, const OpenField& open) {
  const bool is_known = !options.scene.empty() || (open.options && std::filesystem::exists(open.options->scene.path));
  if (!is_known) return {};
  const auto scene = open_scene(open, options.scene);
  std::vector<field::Camera> cameras;
  for (const int view : scene.test.empty() ? scene.train : scene.test) cameras.push_back(scene.views[view].camera);
  return cameras;
}

std::string error_text(const metrics::CodingError& error) {
  return fmt::format("relative L2 {:.4f}; cosine {:.4f} on average, {:.4f} for the worst 1 %", error.relative_l2,
                     error.mean_cosine, error.worst_cosine);
}

int compress(const CompressVerbOptions& options, Invocation& invocation) {
  const auto choice = coding_choice(options.coding);
  const auto open = open_field(options.field);
  const auto cameras = scene_cameras(options, open);
  const auto folder = options.output.empty() ? open.folder / "compressed" : std::filesystem::path(options.output);
  auto compressed = field::compress_field(
      open.field, choice, RandomTree(options.coding.seed).child("codes").generator(), invocation.context.pool);
  if (!cameras.empty()) {
    compressed.rendered =
        field::rendered_error(open.field, compressed.field, cameras, invocation.context.pool, chosen_isa());
  }
  std::filesystem::create_directories(folder);
  field::save_field(folder / "field.safetensors", compressed.field);
  // With the recipe beside it the folder is as good as the run's: scene, teacher and words are found through it.
  if (const auto recipe = open.folder / "recipe.yaml"; std::filesystem::is_regular_file(recipe)) {
    io::write_whole_file(folder / "recipe.yaml", io::read_whole_file(recipe, 1 << 20));
  }
  io::write_whole_file(folder / "compression.json", field::to_json(compressed).dump(2) + "\n");
  fmt::print("{}: {} splats, features {} -> {} ({:.1f} times smaller)\n", (folder / "field.safetensors").string(),
             compressed.field.size(), human_bytes(double(compressed.bytes_before)),
             human_bytes(double(compressed.bytes_after)),
             double(compressed.bytes_before) / double(std::max<int64_t>(compressed.bytes_after, 1)));
  fmt::print("error of the splats' features: {}\n", error_text(compressed.error));
  if (compressed.rendered) {
    fmt::print("error of maps rendered for {} views: {}\n", cameras.size(), error_text(*compressed.rendered));
  }
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
        add_coding_options(parser, options->coding, "splat");
        parser.add_option("--scene", options->scene, "scene whose held-out views show the error (default: the run's)");
        parser.add_option("--output", options->output, "folder (default: compressed/ in the run folder)");
        return [options](Invocation& invocation) { return compress(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
