// A recipe as text.
#pragma once

#include <string>

#include "distil/model/torchdistill/file_words.h"

namespace retort::torchdistill {

/// The YAML of a recipe: every number is spelled out, so that it does not depend on the method's defaults. Led by
/// comments that name the file it comes from and every line that was not carried over, with the reason.
std::string recipe_text(const FileWords& words, const Notes& notes);

}  // namespace retort::torchdistill
