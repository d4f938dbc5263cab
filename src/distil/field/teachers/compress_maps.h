// Teacher maps of a scene in few bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/random.h"
#include "core/thread_pool.h"
#include "metrics/vector_coding.h"

namespace retort::field {

struct MapError {
  std::string stem;
  metrics::CodingError error;  ///< of the view's pixels
};

struct CompressedMaps {
  std::string description;  ///< "codebook of 256"
  int64_t channels = 0;
  int64_t bytes_before = 0;  ///< of the maps' values as float16
  int64_t bytes_after = 0;   ///< of codes and codebook
  metrics::CodingError error;
  std::vector<MapError> views;
  /// Maps in the folder that have other channels than its first (class scores beside features), and were left out.
  std::vector<std::string> left_out;
};

/// Codes all maps of `folder` into <output>/coded_maps.safetensors (coded_maps.h), with one codebook (or basis) learnt
/// from a sample of the pixels of all views, and reads them back: the errors are those of what a reader gets. All codes
/// are held in memory, one map at a time besides. The words beside the maps (vocabulary/) are copied. `stop` is asked
/// after each map; true: nothing is written, and the result has no views.
/// UserError when `folder` has no maps or damaged ones, `output` is `folder` or has maps of its own in files, or the
/// choice does not fit the maps.
CompressedMaps compress_maps(const std::filesystem::path& folder, const std::filesystem::path& output,
                             const metrics::CodingChoice& choice, const RandomTree& random, ThreadPool& pool,
                             const std::function<bool()>& stop);

nlohmann::ordered_json to_json(const CompressedMaps& compressed);

}  // namespace retort::field
