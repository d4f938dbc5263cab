#include "data/sets/decode.h"

#include "core/errors.h"

namespace retort::data {
namespace {

Picture rgb_planes(const io::Image& image) {
  return image.channels == 3 ? to_planes(image) : to_planes(io::to_rgb(image));
}

}  // namespace

Picture decode_rgb(const FileTree& tree, const std::string& name) {
  const io::SharedBytes file = tree.read(name);
  return rgb_planes(io::decode_image(file.bytes, tree.full_name(name)));
}

Sample decode_rgb_part(const FileTree& tree, const std::string& name, const PartChooser& choose) {
  const io::SharedBytes file = tree.read(name);
  const io::PartialImage part = io::decode_image_part(file.bytes, tree.full_name(name), choose);
  Sample sample{.image = rgb_planes(part.image)};
  const bool whole = part.image.width == part.whole.width && part.image.height == part.whole.height;
  if (!whole) sample.view = {part.whole.width, part.whole.height, part.left, part.top, part.eighths};
  return sample;
}

Picture decode_label_map(const FileTree& tree, const std::string& name) {
  const io::SharedBytes file = tree.read(name);
  const io::Image image = io::decode_image(file.bytes, tree.full_name(name));
  if (image.channels != 1) {
    user_error("{}: has {} channels; a label map is a grey PNG of class numbers", tree.full_name(name), image.channels);
  }
  return to_planes(image);
}

}  // namespace retort::data
