#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/failures.h"
#include "cli/field_edit_steps.h"
#include "cli/field_verbs.h"
#include "cli/open_field.h"
#include "core/isa.h"
#include "core/text.h"
#include "distil/field/editing/edit_script.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/gaussians/pictures.h"
#include "distil/field/gaussians/splat_binding.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/atomic_file.h"

namespace retort::cli {

namespace {
constexpr const char* own_ending = ".safetensors";
constexpr size_t most_pictures = 8;

struct EditVerbOptions {
  std::string field, output, scene, vocabulary, written_script;
  QuickEdits edits;
  bool no_pictures = false;
};

/// The scene that is named, or that the run was made with, if it is still there.
std::optional<field::Scene> known_scene(const EditVerbOptions& options, const OpenField& open) {
  const bool is_known = !options.scene.empty() || (open.options && std::filesystem::exists(open.options->scene.path));
  if (!is_known) return std::nullopt;
  return open_scene(open, options.scene);
}

std::filesystem::path output_of(const EditVerbOptions& options, const OpenField& open) {
  if (!options.output.empty()) return options.output;
  return open.folder / "edits" / name_of(options.edits) / "field.safetensors";
}

void write_field(const std::filesystem::path& file, const field::GaussianField& field) {
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  if (file.extension() == own_ending) return field::save_field(file, field);
  field::format_by_ending(file).write(file, field::cloud_of(field));
}

/// Views that show what was done: the held-out ones (all where none is), a few of them evenly.
std::vector<int> shown_views(const field::Scene& scene) {
  const auto& all = scene.test.empty() ? scene.train : scene.test;
  std::vector<int> shown;
  const size_t count = std::min(most_pictures, all.size());
  for (size_t index = 0; index < count; ++index) shown.push_back(all[index * all.size() / count]);
  return shown;
}

/// Before and after, side by side.
void write_pictures(const std::filesystem::path& folder, const field::Scene& scene, const field::GaussianField& before,
                    const field::GaussianField& after, Invocation& invocation) {
  field::FieldRenderer old_renderer(before, invocation.context.pool, chosen_isa());
  field::FieldRenderer new_renderer(after, invocation.context.pool, chosen_isa());
  const auto views = shown_views(scene);
  for (const int view : views) {
    std::vector<io::Image> pictures;
    for (auto* renderer : {&old_renderer, &new_renderer}) {
      renderer->look(scene.views[size_t(view)].camera);
      pictures.push_back(field::colour_picture(renderer->view().colour));
    }
    const auto path = folder / (scene.views[size_t(view)].stem() + ".png");
    std::filesystem::create_directories(path.parent_path());
    io::write_png(path, field::side_by_side(pictures));
  }
  fmt::print("{}: {} views before and after\n", folder.string(), views.size());
}

void print_step(const field::StepReport& report) {
  fmt::print("{}: {} of {} splats selected, {}\n", report.what, report.selected, report.alive,
             human_seconds(report.seconds));
}

int edit_field(const EditVerbOptions& options, Invocation& invocation) {
  const auto script = script_of(options.edits);
  const auto open = open_field(options.field);
  const auto file = output_of(options, open);
  if (file.extension() != own_ending) field::format_by_ending(file);
  const auto scene = known_scene(options, open);
  const auto vocabulary = open_vocabulary(open, options.vocabulary);
  const auto history = field::run_edit_script(script, open.field,
                                              {.scene = scene ? &*scene : nullptr,
                                               .vocabulary = vocabulary ? &*vocabulary : nullptr,
                                               .pool = &invocation.context.pool,
                                               .isa = chosen_isa()},
                                              print_step);
  const auto edited = field::edited_field(history.now());
  write_field(file, edited);
  fmt::print("{}: {} of {} splats, {}\n", file.string(), edited.size(), open.field.size(),
             human_bytes(double(std::filesystem::file_size(file))));
  const auto beside = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  if (options.output.empty()) {
    // With the recipe beside it the folder is as good as the run's: scene, teacher and words are found through it.
    if (const auto recipe = open.folder / "recipe.yaml"; std::filesystem::is_regular_file(recipe)) {
      io::write_whole_file(beside / "recipe.yaml", io::read_whole_file(recipe, 1 << 20));
    }
  }
  const auto written = !options.written_script.empty() ? std::filesystem::path(options.written_script)
                       : options.output.empty()        ? beside / "edit.yaml"
                                                       : std::filesystem::path();
  if (!written.empty()) {
    io::write_whole_file(written, field::edit_script_text(steps_of(script)));
    fmt::print("{}\n", written.string());
  }
  if (scene && !options.no_pictures) {
    const auto folder = beside / (options.output.empty() ? "pictures" : file.stem().string() + "-pictures");
    write_pictures(folder, *scene, open.field, edited, invocation);
  }
  return exit_done;
}
}  // namespace

Verb make_field_edit_verb() {
  return {
      .name = "edit",
      .heading = "",
      .summary = "things cut out, deleted, recoloured, moved: by an edit script, or by a word",
      .examples = {{"field edit runs/fox --script cut.yaml -o edited.ply", "what docs/editing.md tells, step by step"},
                   {"field edit runs/fox --delete dog", "without the dog; into runs/fox/edits/delete-dog"},
                   {"field edit runs/fox --delete dog --fringe",
                    "and without the faint splats that it would leave behind"},
                   {"field edit runs/fox --extract dog --threshold 0.24 -o dog.spz", "the dog alone"},
                   {"field edit runs/fox --recolour dog=#ff8800 --opacity wall=0.3", "several at once"},
                   {"field edit runs/fox --selection dog.safetensors --delete selection",
                    "a saved selection in place of a word"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<EditVerbOptions>();
        auto& edits = options->edits;
        parser.add_option("FIELD", options->field, "a run folder, a field.safetensors or a file of splats")->required();
        parser.add_option("--script", edits.script, "edit script (YAML), done before what follows");
        parser.add_option("--recolour", edits.recolour, "WORD=#rrggbb: this colour on average, shading kept");
        parser.add_option("--opacity", edits.opacity, "WORD=FACTOR: opacities are multiplied");
        parser.add_option("--delete", edits.deleted, "WORD: these splats go");
        parser.add_flag(
            "--fringe", edits.fringe,
            "with --delete: splats at its border that are somewhat like it go too, so that nothing faint of "
            "it stays behind");
        parser.add_option("--extract", edits.extracted, "WORD: all others go");
        parser.add_option("--selection", edits.selection,
                          "file of a saved selection; `selection` in place of a word then means it");
        parser
            .add_option("--against", edits.against,
                        "words to hold a word against, or none (default: all of the vocabulary)")
            ->delimiter(',');
        parser.add_option("--threshold", edits.threshold,
                          "least softmax share of the word, or cosine without other words (default: the nearest word)");
        parser
            .add_option("--rule", edits.rule,
                        "hard (nearest word), soft (threshold), hybrid (either); default with a threshold: hybrid to "
                        "delete, else soft")
            ->check(CLI::IsMember({"hard", "soft", "hybrid"}));
        parser.add_option("-o,--output", options->output,
                          "field.safetensors or any format of `list formats` (default: edits/ in the run folder)");
        parser.add_option("--write-script", options->written_script, "write what was done as an edit script");
        parser.add_option("--vocabulary", options->vocabulary, "folder of <name>.npy (default: the teacher's)");
        parser.add_option("--scene", options->scene, "scene with the cameras (default: the run's)");
        parser.add_flag("--no-pictures", options->no_pictures, "none of the views before and after");
        return [options](Invocation& invocation) { return edit_field(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
