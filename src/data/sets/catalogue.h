// Data sets by name: "cifar10/train".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/registries.h"
#include "data/sets/dataset.h"

namespace retort::data {

/// Opens NAME/SPLIT ("cifar10/train"; only NAME where a set has one split). `path`: the set's folder or archive; empty:
/// the folder NAME in the places of data_roots(). Formats ("image_folder", "idx") always need a path. UserError with
/// the nearest name, the splits there are, or the places looked at.
DatasetPtr open_dataset(const Registry<DataSetKind>& kinds, std::string_view name_and_split,
                        const std::string& path = "");

/// Folders that hold data sets by their names: $RETORT_SHARED/data, else ../shared/data.
std::vector<std::string> data_roots();

}  // namespace retort::data
