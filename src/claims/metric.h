// One number of a run.
#pragma once

#include <filesystem>
#include <string>

namespace retort::claims {

/// The value under "<file>.<key>.<key>" in a run folder's JSON file ("evaluation.student.top1", "run.seconds"), or, for
/// a name with a '/', the last value of that curve ("eval/top1"). May be infinite or NaN where a curve is. UserError
/// with what there is.
double read_metric(const std::filesystem::path& folder, const std::string& metric);

}  // namespace retort::claims
