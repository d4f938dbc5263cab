// Teacher maps on disk: one tensor [C,h,w] a view, in a file <stem>_fmap_CxHxW.{pt,npy,safetensors}.
// Source of the layout: Feature 3DGS, encoders/lseg_encoder/encode_images.py, whose files end in the literal letters
// "CxHxW"; a spelled-out size (512x360x480) is read as well, and held against the tensor.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "io/array.h"

namespace retort::field {

enum class MapFormat { npy, pt, safetensors };
std::vector<std::string> choices(MapFormat);

/// Channels, rows and columns of a map.
struct MapShape {
  int64_t channels = 0, height = 0, width = 0;
  bool operator==(const MapShape&) const = default;
};

/// Where the map of a view lies: <folder>/<stem>_fmap_CxHxW.<format>; a stem may contain folders ("left/0001").
std::filesystem::path feature_map_path(const std::filesystem::path& folder, const std::string& stem, MapFormat format);

/// Writes [C,h,w] as float16, atomically, and makes the folder when it is missing. Gives back the file. Fault when the
/// map is not 3-D, empty, or has values that float16 does not hold.
std::filesystem::path write_feature_map(const std::filesystem::path& folder, const std::string& stem,
                                        const at::Tensor& map, MapFormat format);

/// The map files of a folder by the stem of their view.
class MapFolder {
 public:
  /// Lists `folder` and its sub-folders. UserError when it is absent or no folder.
  explicit MapFolder(std::filesystem::path folder);

  const std::filesystem::path& path() const { return path_; }
  bool empty() const { return files_.empty(); }
  /// In order of their names.
  std::vector<std::string> stems() const;
  bool has(const std::string& stem) const { return files_.count(stem) > 0; }
  /// The one file of a view. UserError when it has none (says what would be looked for, and what ending was found
  /// instead) or several (names two).
  const std::filesystem::path& file_of(const std::string& stem) const;

 private:
  std::filesystem::path path_;
  std::map<std::string, std::vector<std::filesystem::path>> files_;
  std::map<std::string, std::filesystem::path> foreign_;  ///< named like maps, with an ending nobody reads
};

/// Opens a map without touching its values where the format allows it; the content decides the format, not the ending.
/// UserError (file, fault, remedy) when it is
/// damaged, has code in a pickle, is not one floating tensor [C,h,w] with all sides >= 1, or contradicts its name.
io::Array open_feature_map(const std::filesystem::path& file);

MapShape shape_of(const io::Array& map);

/// The values as float16 [C,h,w]. UserError naming the source and the place when one is not finite in float16.
at::Tensor half_values(const io::Array& map, const std::string& source);

/// UserError naming the source and the place when a value of a float16 map [C,h,w] is not finite.
void require_finite(const at::Tensor& halves, const std::string& source);

}  // namespace retort::field
