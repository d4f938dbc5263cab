// A session's selection as a product of its run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "distil/field/editing/edit.h"
#include "distil/field/session/opened_field.h"

namespace retort::field {

struct SavedSelection {
  std::filesystem::path path;
  std::optional<int64_t> step = {};  ///< of the checkpoint whose splats it numbers; none: a finished field's, a file's
};

/// Writes selections/<name>.safetensors in the field's folder: numbers of the file's own splats, of which there are
/// `own_rows`; and adds it to the run's products as `selection/<name>`, also while the run is at work. An earlier one
/// of that name is replaced. UserError when nothing is selected, or a copy is: the file doesn't have it.
SavedSelection save_session_selection(const OpenedField& opened, const EditState& state, int64_t own_rows,
                                      const std::string& name, const std::string& from);

}  // namespace retort::field
