#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "core/text.h"
#include "distil/field/gaussians/export.h"
#include "distil/field/gaussians/splat_binding.h"
#include "distil/field/gaussians/turn.h"
#include "distil/field/splat_files/splat_formats.h"

namespace retort::cli {

namespace {
constexpr const char* features_format = "features";

struct ExportVerbOptions {
  std::string field, format, output, features = "auto", up;
  int sh_degree = 3;
};

void print_written(const std::filesystem::path& file, const std::string& what) {
  fmt::print("{}: {}, {}\n", file.string(), what, human_bytes(static_cast<double>(std::filesystem::file_size(file))));
}

std::filesystem::path output_of(const ExportVerbOptions& options, const OpenField& open) {
  if (!options.output.empty()) return options.output;
  if (options.format == features_format) return open.folder / "features.safetensors";
  return open.folder / ("point_cloud" + field::splat_format(options.format).endings[0]);
}

// Which file the features go to: properties of the splats, a side file, or none.
std::string features_place(const ExportVerbOptions& options, const field::SplatFormat& format, bool present) {
  if (!present) return "none";
  if (options.features == "auto") return format.keeps_features ? "properties" : "none";
  if (options.features == "properties" && !format.keeps_features) {
    user_error("--features properties: {} keeps no features; take ply, or --features side", format.name);
  }
  return options.features;
}

int export_field(ExportVerbOptions options) {
  if (options.format.empty() && options.output.empty()) options.format = "ply";
  auto open = open_field(options.field);
  if (!options.up.empty()) open.field = field::turned_field(open.field, field::rotation_to_up(options.up));
  const auto file = output_of(options, open);
  if (options.format == features_format) {
    field::export_features(file, open.field);
    print_written(file, fmt::format("features of {} splats", open.field.size()));
    return exit_done;
  }
  const auto& format = options.format.empty() ? field::format_by_ending(file) : field::splat_format(options.format);
  const auto features = features_place(options, format, open.field.feature_dim() > 0);
  auto cloud = field::with_sh_degree(field::cloud_of(open.field, features == "properties"), options.sh_degree);
  format.write(file, cloud);
  print_written(file, fmt::format("{} splats as {}", cloud.size(), format.name));
  if (features == "side" || features == "codes") {
    std::filesystem::path side = file;
    side += features == "side" ? ".features.safetensors" : ".feature_codes.safetensors";
    features == "side" ? field::export_features(side, open.field) : field::export_feature_codes(side, open.field);
    print_written(side, "their features, row by row");
  }
  return exit_done;
}
}  // namespace

Verb make_field_export_verb() {
  return {
      .name = "export",
      .heading = "",
      .summary = "a field in the formats of viewers, from one such format to another, or its features",
      .examples = {{"field export runs/fox fox.ply", "opens in any 3DGS viewer"},
                   {"field export runs/fox fox.sog --features side", "small, with the features beside"},
                   {"field export room.splat room.glb", "from one format to another"},
                   {"field export runs/fox --format features", "positions and features, one row a splat"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<ExportVerbOptions>();
        std::vector<std::string> names = {features_format};
        for (const auto& format : field::splat_formats()) names.push_back(format.name);
        parser.add_option("FIELD", options->field, "a run folder, a field.safetensors or a file of splats")->required();
        parser
            .add_option("--format", options->format,
                        "one of `list formats`, or features (default: by the output's ending, else ply)")
            ->check(CLI::IsMember(names));
        parser.add_option("OUTPUT,-o,--output", options->output, "file to write (default: in the run folder)");
        parser.add_option("--sh-degree", options->sh_degree, "keep spherical harmonics up to this degree")
            ->check(CLI::Range(0, 3));
        parser
            .add_option("--up", options->up, "turn the scene, whose up is -y, so that this axis is up: x, -x, y, ...")
            ->check(CLI::IsMember(field::axis_names()));
        parser
            .add_option(
                "--features", options->features,
                "auto (where the format keeps them), none, properties, or a file beside, row by row: side, or codes of "
                "a compressed field")
            ->check(CLI::IsMember({"auto", "none", "properties", "side", "codes"}));
        return [options](Invocation&) { return export_field(*options); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
