#include <fmt/core.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/coding_options.h"
#include "cli/failures.h"
#include "cli/verbs.h"
#include "core/text.h"
#include "distil/field/teachers/coded_maps.h"
#include "distil/field/teachers/compress_maps.h"
#include "io/atomic_file.h"

namespace retort::cli {

namespace {
struct MapsCompressOptions {
  std::string folder, output;
  CodingOptions coding;
};

void print_errors(const field::CompressedMaps& compressed) {
  const auto row = [](const std::string& name, const metrics::CodingError& error) {
    fmt::print("{:<28} {:>11.4f} {:>8.4f} {:>9.4f}\n", name, error.relative_l2, error.mean_cosine, error.worst_cosine);
  };
  fmt::print("{:<28} {:>11} {:>8} {:>9}\n", "error of the pixels", "relative L2", "cosine", "worst 1 %");
  for (const auto& view : compressed.views) row(view.stem, view.error);
  row("all views", compressed.error);
}

int compress_maps(const MapsCompressOptions& options, Invocation& invocation) {
  const auto choice = coding_choice(options.coding);
  // Without a slash at the end, so that the default lies beside the folder and not in it.
  const auto folder = (std::filesystem::path(options.folder) / "").parent_path();
  const std::filesystem::path output = options.output.empty() ? folder.string() + "_coded" : options.output;
  const auto& stop = invocation.context.stop;
  const auto compressed = field::compress_maps(folder, output, choice, RandomTree(options.coding.seed),
                                               invocation.context.pool, [&] { return stop.requested(); });
  if (compressed.views.empty()) {
    invocation.context.log.warn("{}: interrupted before all maps were coded; nothing was written", folder.string());
    return 128 + stop.signal();
  }
  io::write_whole_file(output / "compression.json", field::to_json(compressed).dump(2) + "\n");
  print_errors(compressed);
  if (!compressed.left_out.empty()) {
    fmt::print("{} maps with other channels were left out ({}, ...); they are a folder of their own\n",
               compressed.left_out.size(), compressed.left_out.front());
  }
  fmt::print("{}: {} maps, {}, {} -> {} ({:.1f} times smaller)\n", (output / field::coded_maps_file).string(),
             compressed.views.size(), compressed.description, human_bytes(double(compressed.bytes_before)),
             human_bytes(double(compressed.bytes_after)),
             double(compressed.bytes_before) / double(std::max<int64_t>(compressed.bytes_after, 1)));
  return exit_done;
}
}  // namespace

Verb make_maps_compress_verb() {
  return {
      .name = "compress",
      .heading = "",
      .summary = "codes a folder of feature maps with one codebook for all views, with the error stated",
      .examples = {{"maps compress photos/fox/teacher_mobilenet_v2 --codebook 1024", "each pixel names a vector"},
                   {"maps compress photos/fox/teacher_mobilenet_v2 --sparse 4/64 --output photos/fox/maps",
                    "each pixel mixes 4 of 64 vectors"},
                   {"field train photos/fox teacher.files=teacher_mobilenet_v2_coded", "coded maps train as others"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<MapsCompressOptions>();
        parser.add_option("FOLDER", options->folder, "folder of the maps, one file a photo")->required();
        add_coding_options(parser, options->coding, "pixel");
        parser.add_option("--output", options->output, "folder (default: <FOLDER>_coded, beside it)");
        return [options](Invocation& invocation) { return compress_maps(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
