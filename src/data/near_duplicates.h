// Pictures of one set that look like pictures of another: what must not come to a training from a found pile.
#pragma once

#include <cstdint>
#include <vector>

#include "data/sets/dataset.h"

namespace retort::data {

/// 64 signs: the picture's brightness (mean of channels) averaged in 9x8 cells, each cell against its right neighbour
/// (Krawetz's difference hash). Scaling, recompression and brightness leave nearly all of them.
uint64_t difference_hash(const Picture& picture);

/// Numbers of the samples of `set`, rising, that are like no picture of `others`: whose hashes differ from all of
/// theirs in more than `bits`, 0 to 63. Opens every picture of both.
std::vector<int64_t> unlike_samples(const Dataset& set, const Dataset& others, int64_t bits);

}  // namespace retort::data
