// A name for the content of a data set.
#pragma once

#include <string>

#include "data/sets/dataset.h"

namespace retort::data {

/// SHA-256 over number, class names, and of each sample in order the label and the name without its folders. It does
/// not open pictures: it tells sets, splits and subsets apart, wherever they lie, not two prints of the same photos.
std::string data_set_checksum(const Dataset& dataset);

}  // namespace retort::data
