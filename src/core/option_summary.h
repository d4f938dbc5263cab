// The options of a method, short enough to be read at once.
#pragma once

#include <string>
#include <vector>

#include "core/options.h"

namespace retort {

/// `docs` without what repeats itself: where sections under names of the user's have more than `longest` options each
/// (the stages below `before`), those that the method brings along keep only the options whose default differs from a
/// fresh section's, and the fresh one is a single entry that lists its keys. `method` is named in that entry.
std::vector<OptionDoc> options_in_short(const std::vector<OptionDoc>& docs, const std::string& method,
                                        size_t longest = 12);

}  // namespace retort
