// Opens what `retort serve` shows: fields of runs, of checkpoints and of files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/verb.h"
#include "distil/field/session/opened_field.h"

namespace retort::cli {

struct ServedFieldOptions {
  std::string scene;       ///< empty: the run's
  std::string vocabulary;  ///< empty: the teacher's
};

/// A finished run's field, the newest checkpoint of one that is not, or a file of splats. A scene or a vocabulary that
/// is not there any more is only a note, unless it was named. UserError when there is no field (yet).
field::OpenedField open_served_field(const std::string& name, const std::filesystem::path& place,
                                     const ServedFieldOptions& options, Invocation& invocation);

}  // namespace retort::cli
