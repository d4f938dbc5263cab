// Data sets of small pictures that are decoded once, not every epoch.
#pragma once

#include "data/sets/dataset.h"

namespace retort::data {

/// `dataset`, each of whose pictures is decoded when it is first asked for and kept in memory from then on. They must
/// have one class and one size; UserError naming the picture that differs from the first, when it is asked for. A set
/// that would take more than half of the memory that is free is given back as it is.
DatasetPtr keep_decoded(DatasetPtr dataset);

}  // namespace retort::data
