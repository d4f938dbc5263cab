#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "core/text.h"
#include "distil/field/gaussians/export.h"

namespace retort::cli {

namespace {
struct ExportVerbOptions {
  std::string field, format = "ply", output;
  bool without_features = false;
};

int export_field(const ExportVerbOptions& options) {
  const auto open = open_field(options.field);
  const bool ply = options.format == "ply";
  const std::filesystem::path file = options.output.empty()
                                         ? open.folder / (ply ? "point_cloud.ply" : "features.safetensors")
                                         : std::filesystem::path(options.output);
  if (ply)
    field::export_ply(file, open.field, !options.without_features);
  else
    field::export_features(file, open.field);
  fmt::print("{}: {} splats, {}\n", file.string(), open.field.size(),
             human_bytes(static_cast<double>(std::filesystem::file_size(file))));
  return exit_done;
}
}  // namespace

Verb make_field_export_verb() {
  return {
      .name = "export",
      .heading = "",
      .summary = "a field as PLY for 3DGS viewers, or its features as safetensors",
      .examples = {{"field export runs/fox --output fox.ply", "opens in any 3DGS viewer"},
                   {"field export runs/fox --format features", "positions and features, one row a splat"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<ExportVerbOptions>();
        parser.add_option("FIELD", options->field, "a run folder or a field.safetensors")->required();
        parser.add_option("--format", options->format, "ply or features")->check(CLI::IsMember({"ply", "features"}));
        parser.add_option("--output", options->output, "file to write (default: in the run folder)");
        parser.add_flag("--without-features", options->without_features, "leave semantic_* out of the PLY");
        return [options](Invocation&) { return export_field(*options); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
