// The folder where fetched weights lie: RETORT_WEIGHTS, else ~/.cache/retort/weights. A file there is whole and was
// held against its hash when it came.
#pragma once

#include <filesystem>
#include <string>

#include "weights/catalogue.h"

namespace retort::weights {

/// UserError when neither RETORT_WEIGHTS nor HOME is set.
std::filesystem::path store_folder();

/// Makes it unless it is there. UserError where that is not possible.
void make_store_folder();

/// Where the weights of that name lie or would lie: the name with the ending of the address's file.
std::filesystem::path stored_file(const std::string& name, const CatalogueEntry& entry);

/// Whether the store has them, at least by length.
bool is_stored(const std::string& name, const CatalogueEntry& entry);

/// Copies a file that the user has loaded into the store. UserError when its length or hash is not the entry's.
void store_copy(const std::string& name, const CatalogueEntry& entry, const std::filesystem::path& file);

/// What options take for a file: "weights:NAME" is the store's, anything else a path as it stands. UserError when the
/// store has none of that name.
std::filesystem::path locate_weights(const std::string& place);

}  // namespace retort::weights
