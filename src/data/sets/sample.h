// What a data set gives: one picture with what is known of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/image.h"

namespace retort::data {

/// An 8-bit picture in planes, [channels, height, width]: pixels[(c * height + y) * width + x].
struct Picture {
  int channels = 0, height = 0, width = 0;
  std::vector<uint8_t> pixels = {};

  bool empty() const { return pixels.empty(); }
  size_t plane() const { return size_t(height) * width; }
  uint8_t* row(int channel, int y) { return pixels.data() + (size_t(channel) * height + y) * width; }
  const uint8_t* row(int channel, int y) const { return pixels.data() + (size_t(channel) * height + y) * width; }
  bool operator==(const Picture&) const = default;
};

/// A black picture. Fault unless all sizes are positive.
Picture make_picture(int channels, int height, int width);

/// Planes from interleaved rows, and back (1, 3 or 4 channels).
Picture to_planes(const io::Image& image);
io::Image to_interleaved(const Picture& picture);

/// A box of an object in pixels: x to the right, y down, from the picture's top left corner.
struct Box {
  float x_min = 0, y_min = 0, x_max = 0, y_max = 0;
  int64_t label = 0;       ///< class
  bool difficult = false;  ///< VOC "difficult", COCO "iscrowd": not counted when judging
  bool operator==(const Box&) const = default;
};

/// Class of pixels that count for nothing, by the custom of VOC and Cityscapes; readers bring other sets to it.
constexpr uint8_t void_class = 255;

/// How a picture that was decoded in part, or smaller, lies in the whole one: its first pixel is (left, top) of the
/// whole picture at `eighths` / 8 of its size.
struct PictureView {
  int whole_width = 0, whole_height = 0;  ///< at full size; 0: the picture is whole
  int left = 0, top = 0;
  int eighths = 8;
};

/// `label` is -1 where pictures have no class, `mask` empty where they have no label map, `boxes` empty without
/// objects.
struct Sample {
  Picture image = {};
  int64_t label = -1;
  Picture mask = {};  ///< [1,H,W] class of each pixel or void_class, of the image's size
  std::vector<Box> boxes = {};
  Picture detail = {};    ///< super-resolution: the same picture, a whole number of times as large
  PictureView view = {};  ///< of `image`; only the first transform ever sees one, and only if it asked for a part
};

/// The size of the whole picture, whatever part of it was decoded.
io::ImageSize whole_size(const Sample& sample);

}  // namespace retort::data
