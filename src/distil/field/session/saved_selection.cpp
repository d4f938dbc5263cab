#include "distil/field/session/saved_selection.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/field/selection/selection.h"
#include "io/system_error.h"
#include "run/product.h"
#include "run/run_folder.h"

namespace retort::field {

namespace {
void note_product(const std::filesystem::path& folder, const run::Product& product) {
  const auto record = run::read_run_record(folder);
  if (record.state != run::RunState::finished) return;  // its own end will write the list of products
  auto open = run::RunFolder::open(folder);
  auto& products = open.record().products;
  std::erase_if(products, [&](const auto& other) { return other.name == product.name; });
  products.push_back(run::hash_product(folder, product));
  open.write_record();
}
}  // namespace

std::filesystem::path save_session_selection(const OpenedField& opened, const EditState& state, int64_t own_rows,
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
  save_selection(opened.folder / path, {.mask = state.selected.slice(0, 0, own_rows).contiguous(), .from = from});
  if (opened.is_run) note_product(opened.folder, {.name = "selection/" + name, .kind = "selection", .path = path});
  return opened.folder / path;
}

}  // namespace retort::field
