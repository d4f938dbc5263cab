#include "data/sets/decode.h"

#include "core/errors.h"

namespace retort::data {

Picture decode_rgb(const FileTree& tree, const std::string& name) {
  const io::SharedBytes file = tree.read(name);
  return to_planes(io::to_rgb(io::decode_image(file.bytes, tree.full_name(name))));
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
