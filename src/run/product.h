// Products: hashing them, and naming them from another recipe.
#pragma once

#include <filesystem>
#include <string>

#include "run/run_folder.h"

namespace retort::run {

/// Size and SHA-256 of a product that a job has written. Fault when the job named one that it did not write, or one
/// outside the run folder.
ProductRecord hash_product(const std::filesystem::path& run_folder, const Product& product);

/// Whether a recipe's value names a product ("run:..."), not a path.
bool is_product_reference(const std::string& reference);

/// A product and the run that made it.
struct FoundProduct {
  std::filesystem::path folder;  ///< of the run
  std::filesystem::path path;    ///< of the product's file or folder
};

/// The product that `run:<name>#<product>` stands for. `name` is a run folder below `runs_root` or anywhere
/// (`run:/data/runs/fox#field`, `run:fox-runs/fox#field`), or the beginning of default names (`run:feature-3dgs#field`:
/// the latest finished run `feature-3dgs-<date>-<n>`). `product` is a product's name or, when only one has it, its
/// kind; without `#product` the run must have just one. The content is held against the hash in run.json. UserError
/// when nothing fits, the run is not finished, the product lies outside the run folder (links followed), or the content
/// has changed since.
FoundProduct find_product(const std::string& reference, const std::filesystem::path& runs_root);

/// Its path alone.
std::filesystem::path resolve_product(const std::string& reference, const std::filesystem::path& runs_root);

}  // namespace retort::run
