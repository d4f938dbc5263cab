#include "cli/served_fields.h"

#include <spdlog/logger.h>

#include <utility>

#include "cli/open_field.h"
#include "core/errors.h"
#include "core/recipe.h"
#include "distil/field/methods/checkpoint_field.h"
#include "run/run_folder.h"

namespace retort::cli {

namespace {
namespace fs = std::filesystem;

// A run that has no field.safetensors yet.
OpenField open_checkpoint(const fs::path& folder) {
  auto found = field::field_of_checkpoint(folder);
  if (!found) user_error("{}: no field there yet; the first checkpoint of the training brings one", folder.string());
  OpenField open{.field = std::move(found->field), .file = {}, .folder = folder, .options = std::nullopt};
  open.options = Recipe::load(folder / "recipe.yaml").read<field::Feature3dgsOptions>();
  return open;
}

// What is not there although nobody asked for it by name.
template <class Open>
auto optional_part(bool named, Open open, std::string& why, spdlog::logger& log) -> decltype(open()) {
  try {
    return open();
  } catch (const UserError& error) {
    if (named) throw;
    why = error.what();
    log.warn("{}", why);
    return std::nullopt;
  }
}
}  // namespace

field::OpenedField open_served_field(const std::string& name, const fs::path& place, const ServedFieldOptions& options,
                                     Invocation& invocation) {
  std::error_code error;
  const bool is_run = run::is_run_folder(place);
  const bool finished = !is_run || fs::is_regular_file(place / "field.safetensors", error);
  auto open = finished ? open_field(place.string()) : open_checkpoint(place);
  field::OpenedField opened{.name = name, .field = std::move(open.field), .folder = open.folder, .is_run = is_run};
  if (opened.folder.empty()) opened.folder = ".";
  if (is_run) opened.live = run::is_at_work(place, run::read_run_record(place));
  auto& log = invocation.context.log;
  std::string why_no_scene;
  if (open.options || !options.scene.empty()) {
    opened.scene = optional_part(
        !options.scene.empty(), [&] { return std::optional(open_scene(open, options.scene)); }, why_no_scene, log);
  }
  if (opened.scene && !finished) {
    for (int channel = 0; channel < 3; ++channel) {
      opened.field.background[channel] = opened.scene->background[channel] / 255.0;
    }
  }
  if (opened.field.feature_dim() == 0) {
    opened.why_no_words = "this field carries no features: train it with a teacher's maps";
    return opened;
  }
  opened.vocabulary = optional_part(
      !options.vocabulary.empty(), [&] { return open_vocabulary(open, options.vocabulary); }, opened.why_no_words, log);
  if (!opened.vocabulary && opened.why_no_words.empty()) {
    opened.why_no_words =
        "its teacher has no words: a folder vocabulary/ of <name>.npy beside its maps, or --vocabulary, brings them";
  }
  return opened;
}

}  // namespace retort::cli
