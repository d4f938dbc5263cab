// Where the maps of a scene come from: a file each, or one file of codes.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "distil/field/teachers/map_file.h"

namespace retort::field {

/// Maps by the stem of their view ("left/0001"). Calls from several threads are fine.
class MapSource {
 public:
  virtual ~MapSource() = default;

  /// In order of their names.
  virtual std::vector<std::string> stems() const = 0;
  virtual bool has(const std::string& stem) const = 0;
  /// How messages call the view's map: its file, and the view where a file holds several.
  virtual std::string name_of(const std::string& stem) const = 0;
  /// Without reading the values where the format allows it. UserError when the view has no map, or a damaged one.
  virtual MapShape shape(const std::string& stem) const = 0;
  /// [C,h,w] float16, finite, read anew. UserError as above, and when a value is not finite.
  virtual at::Tensor read(const std::string& stem) const = 0;
};

/// The maps of a folder: coded_maps.safetensors (coded_maps.h) where it is there, else a file each (map_file.h).
/// UserError when the folder can't be listed, the coded file is damaged, or there are both kinds.
std::unique_ptr<MapSource> open_map_source(const std::filesystem::path& folder);

}  // namespace retort::field
