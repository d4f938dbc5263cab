// Options that claims and sweeps set in recipes.
#pragma once

#include <string>
#include <vector>

#include "core/options.h"

namespace retort::claims {

/// The option that the method declares at `path`; for a key of a section that is free in its keys, that section.
/// UserError led by `where`, with the nearest name, for others.
const OptionDoc& known_option(const std::string& path, const std::vector<OptionDoc>& docs, const std::string& where);

}  // namespace retort::claims
