// Pictures from anywhere on disk as a trained network's input.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/transforms/pipeline.h"

namespace retort::data {

/// All pictures that the places name, in their order: files as they are given, and of folders every PNG and JPEG below,
/// sorted by name. UserError for a place that is not there and a folder without pictures.
std::vector<std::filesystem::path> find_pictures(const std::vector<std::string>& places);

/// Channels, height and width; a height of 0 stands for any size.
struct PictureShape {
  int channels = 3, height = 0, width = 0;
};

/// Immutable once made: any number of threads may use one.
class PictureReader {
 public:
  /// `stored`: how the pictures lie in the set that the network was trained on, before any transform. Channels are 3,
  /// or 1 for grey.
  PictureReader(Pipeline pipeline, const PictureShape& stored);

  /// [C,H,W] float32, changed by the transforms. A picture of another size than the set's is first resized to it
  /// (bilinear, whatever its ratio), as if it had come with the set. UserError that names the file when it is damaged
  /// or the transforms do not suit it.
  at::Tensor read(const std::filesystem::path& file) const;

 private:
  Pipeline pipeline_;
  PictureShape stored_;
};

}  // namespace retort::data
