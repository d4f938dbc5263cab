#include "data/picture_reader.h"

#include <ATen/ATen.h>

#include <utility>

#include "core/errors.h"
#include "data/sets/file_tree.h"
#include "data/transforms/resize.h"
#include "io/image.h"

namespace retort::data {

namespace {
/// Random transforms are no use here, but do no harm: they draw the same every time.
const RandomTree picture_reader_stream(0);
}  // namespace

std::vector<std::filesystem::path> find_pictures(const std::vector<std::string>& places) {
  std::vector<std::filesystem::path> pictures;
  std::error_code error;
  for (const auto& place : places) {
    if (!std::filesystem::exists(place, error)) user_error("{}: no such picture or folder", place);
    if (!std::filesystem::is_directory(place, error)) {
      pictures.emplace_back(place);
      continue;
    }
    const auto before = pictures.size();
    const auto tree = open_file_tree(place);
    for (const auto& name : tree->names()) {
      if (has_image_ending(name)) pictures.push_back(std::filesystem::path(place) / name);
    }
    if (pictures.size() == before) user_error("{}: has no PNG or JPEG below it", place);
  }
  return pictures;
}

PictureReader::PictureReader(Pipeline pipeline, const PictureShape& stored)
    : pipeline_(std::move(pipeline)), stored_(stored) {}

at::Tensor PictureReader::read(const std::filesystem::path& file) const {
  const auto image = io::read_image(file);
  Sample sample{.image = to_planes(stored_.channels == 1 ? io::to_grey(image) : io::to_rgb(image))};
  const Picture& picture = sample.image;
  if (stored_.height > 0 && (picture.height != stored_.height || picture.width != stored_.width))
    sample.image = resize_picture(picture, stored_.height, stored_.width, ResizeFilter::bilinear);
  try {
    pipeline_.change_bytes(sample, picture_reader_stream);
    auto values = at::empty({picture.channels, picture.height, picture.width}, at::kFloat);
    pipeline_.write_floats(picture, picture_reader_stream, {values.data_ptr<float>(), size_t(values.numel())});
    return values;
  } catch (const UserError& error) {
    user_error("{}: {}", file.string(), error.what());
  }
}

}  // namespace retort::data
