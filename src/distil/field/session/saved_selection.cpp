#include "distil/field/session/saved_selection.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/errors.h"
#include "distil/field/methods/checkpoint_field.h"
#include "distil/field/selection/selection.h"
#include "io/system_error.h"
#include "run/added_products.h"

namespace retort::field {

SavedSelection save_session_selection(const OpenedField& opened, const EditState& state, int64_t own_rows,
                                      const std::string& name, const std::string& from) {
  if (!state.selected.any().item<bool>()) user_error("save: nothing is selected");
  if (state.selected.slice(0, own_rows).any().item<bool>()) {
    user_error("save: copies are selected, which the field's file doesn't have; download the selection instead");
  }
  const auto folder = opened.folder / "selections";
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error) io::raise_system_error(folder, "can't be made", error.value());
  const auto path = std::filesystem::path("selections") / (name + ".safetensors");
  SavedSelection saved{.path = opened.folder / path};
  if (opened.is_run) saved.step = checkpoint_step(state.field);
  save_selection(saved.path, {.mask = state.selected.slice(0, 0, own_rows).contiguous(),
                              .from = saved.step ? fmt::format("{} at step {}", from, *saved.step) : from});
  if (opened.is_run) run::add_product(opened.folder, {.name = "selection/" + name, .kind = "selection", .path = path});
  return saved;
}

}  // namespace retort::field
