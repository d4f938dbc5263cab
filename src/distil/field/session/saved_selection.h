// A session's selection as a product of its run.
#pragma once

#include <filesystem>
#include <string>

#include "distil/field/editing/edit.h"
#include "distil/field/session/opened_field.h"

namespace retort::field {

/// Writes selections/<name>.safetensors in the field's folder: numbers of the file's own splats, of which there are
/// `own_rows`. Notes it among the run's products as `selection/<name>` unless another process is at work on the run. An
/// earlier one of that name is replaced. Returns the file's path. UserError when nothing is selected, or a copy is: the
/// file doesn't have it.
std::filesystem::path save_session_selection(const OpenedField& opened, const EditState& state, int64_t own_rows,
                                             const std::string& name, const std::string& from);

}  // namespace retort::field
