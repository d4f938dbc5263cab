// Products that somebody else than the run itself put into its folder, such as a selection made while it trains.
#pragma once

#include <filesystem>
#include <vector>

#include "run/run_folder.h"

namespace retort::run {

/// Notes a product that was written into a run's folder. The run rewrites run.json from its own memory for as long as
/// it works, so each note is a file of its own, `added/<name>.json` ('/' of the name as '+'): nobody overwrites
/// another's, and no lock is needed. A note of the same name is replaced. read_run_record() gives added products with
/// the run's own. Fault for names other than letters, digits, "-", "_", "." and "/", and as hash_product().
void add_product(const std::filesystem::path& run_folder, const Product& product);

/// All notes, by name. UserError that names the file when one is damaged.
std::vector<ProductRecord> read_added_products(const std::filesystem::path& run_folder);

}  // namespace retort::run
