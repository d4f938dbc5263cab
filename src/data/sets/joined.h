// Pictures without labels beside those of a training set.
#pragma once

#include "data/sets/dataset.h"

namespace retort::data {

/// The samples of `labelled`, then the pictures of `pool` with the label 0, which means nothing: what learns from them
/// must not read it. Names of classes are those of `labelled`. UserError where its samples have no class each.
DatasetPtr join_unlabelled(DatasetPtr labelled, DatasetPtr pool);

}  // namespace retort::data
