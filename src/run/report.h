// One page that shows a run: nothing is loaded from outside, so it can be mailed and kept.
#pragma once

#include <filesystem>
#include <string>

#include "run/run_folder.h"

namespace retort::run {

/// The page as HTML: state, final values, a curve for every scalar, pictures, products with hashes, environment,
/// recipe. Reads what lies in the folder; parts that are missing are left out.
std::string render_report(const std::filesystem::path& run_folder, const RunRecord& record);

/// Writes it to `report.html`, atomically.
void write_report(const std::filesystem::path& run_folder, const RunRecord& record);

}  // namespace retort::run
