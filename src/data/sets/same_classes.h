// Whether two sets speak of the same classes.
#pragma once

#include "data/sets/dataset.h"

namespace retort::data {

/// Class i of the test set must be class i of the training set, by name; the test set may lack the last ones. A class
/// folder that only one of two folders of pictures has would else shift the numbers behind it, and every accuracy with
/// them. UserError led by "data.test" with the first class that differs.
void require_same_classes(const Dataset& train, const Dataset& test);

}  // namespace retort::data
