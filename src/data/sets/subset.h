// Parts of data sets: chosen samples in a chosen order.
#pragma once

#include <cstdint>
#include <vector>

#include "data/sets/dataset.h"

namespace retort::data {

/// Samples `indices` of `dataset`. Fault for an index outside.
DatasetPtr choose_samples(DatasetPtr dataset, std::vector<int64_t> indices);

/// The first `count` samples; all where there are fewer.
DatasetPtr first_samples(DatasetPtr dataset, int64_t count);

/// `count` samples with equally many of each class, the first ones of each in the set's order; where the classes do not
/// divide `count`, the lower ones get one more. UserError when a class has too few.
DatasetPtr balanced_samples(DatasetPtr dataset, int64_t count);

/// A set in two parts, each in the set's order.
struct HeldOut {
  DatasetPtr rest, held_out;
};

/// The last `count` samples held out: of a classification set equally many of each class, where the classes do not
/// divide `count` one more of the lower ones. UserError unless something is left of each.
HeldOut hold_out(const DatasetPtr& dataset, int64_t count);

/// `per_class` samples of each class at most, the first ones.
DatasetPtr samples_per_class(DatasetPtr dataset, int64_t per_class);

/// Only these classes, renumbered 0, 1 ... in the given order. UserError with the nearest name for an unknown one.
DatasetPtr choose_classes(DatasetPtr dataset, const std::vector<std::string>& classes);

/// `groups` classes of the classes: class i goes to group i % groups, which is named after its first one ("dog and 4
/// more"). UserError unless there are classes, and at least `groups` of them, with groups >= 2.
DatasetPtr merge_classes(DatasetPtr dataset, int64_t groups);

/// Class i of C keeps its first floor(n * imbalance^(-i / (C - 1))) samples, n being the largest class: the long-tailed
/// CIFAR of Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", 2019, section 5.1. imbalance >= 1.
DatasetPtr long_tailed_samples(DatasetPtr dataset, double imbalance);

}  // namespace retort::data
