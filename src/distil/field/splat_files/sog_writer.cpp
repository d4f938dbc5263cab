#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "distil/field/splat_files/byte_codebook.h"
#include "distil/field/splat_files/packing.h"
#include "distil/field/splat_files/palette.h"
#include "distil/field/splat_files/sog_layout.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/atomic_file.h"
#include "io/webp.h"
#include "io/zip.h"

namespace retort::field {

namespace {
using nlohmann::ordered_json;

// All files of a SOG but meta.json, by name.
using SogPictures = std::map<std::string, std::string>;

struct SogContent {
  ordered_json meta;
  SogPictures pictures;
};

// A picture with a pixel a splat: nearly square, sides a multiple of 4 as PlayCanvas makes them.
io::Image picture_of_splats(int64_t count) {
  const auto up_to_four = [](double side) { return 4 * std::max(1, static_cast<int>(std::ceil(side / 4))); };
  const int width = up_to_four(std::sqrt(static_cast<double>(count)));
  const int height = up_to_four(static_cast<double>(count) / width);
  if (width > io::webp_max_side || height > io::webp_max_side) {
    user_error("{} splats are too many for SOG, whose pictures have at most {} pixels a side; export as spz or ply",
               count, io::webp_max_side);
  }
  auto image = io::make_image(width, height, 4);
  for (size_t at = 3; at < image.pixels.size(); at += 4) image.pixels[at] = 255;
  return image;
}

// The double with the shortest text that reads back as this float: 9 digits in the file instead of 17.
double short_number(float number) { return std::stod(fmt::format("{}", number)); }

ordered_json numbers_of(const ByteCodebook& codebook) {
  auto list = ordered_json::array();
  for (const float value : codebook.values) list.push_back(short_number(value));
  return list;
}

void add_positions(const SplatCloud& cloud, SogContent& content) {
  auto low = picture_of_splats(cloud.size()), high = low;
  std::array<double, 3> least{}, most{};
  for (int axis = 0; axis < 3; ++axis) {
    bool any = false;
    for (int64_t row = 0; row < cloud.size(); ++row) {
      const float position = cloud.means[3 * row + axis];
      if (!std::isfinite(position)) continue;
      const double stored = sog_log(position);
      least[axis] = any ? std::min(least[axis], stored) : stored;
      most[axis] = any ? std::max(most[axis], stored) : stored;
      any = true;
    }
    const double step = (most[axis] - least[axis]) / sog_position_steps;
    for (int64_t row = 0; row < cloud.size(); ++row) {
      const float position = cloud.means[3 * row + axis];
      const double stored = std::clamp(std::isnan(position) ? 0 : sog_log(position), least[axis], most[axis]);
      const auto steps = step > 0 ? static_cast<uint32_t>(std::lround((stored - least[axis]) / step)) : 0;
      low.pixels[4 * row + axis] = static_cast<uint8_t>(steps & 255);
      high.pixels[4 * row + axis] = static_cast<uint8_t>(steps >> 8);
    }
  }
  content.pictures["means_l.webp"] = io::encode_webp(low);
  content.pictures["means_u.webp"] = io::encode_webp(high);
  content.meta["means"] = {{"mins", least}, {"maxs", most}, {"files", {"means_l.webp", "means_u.webp"}}};
}

void add_scales(const SplatCloud& cloud, SogContent& content) {
  const auto codebook = fit_byte_codebook(cloud.log_scales);
  auto picture = picture_of_splats(cloud.size());
  for (int64_t index = 0; index < 3 * cloud.size(); ++index) {
    picture.pixels[index / 3 * 4 + index % 3] = codebook.nearest(cloud.log_scales[index]);
  }
  content.pictures["scales.webp"] = io::encode_webp(picture);
  content.meta["scales"] = {{"codebook", numbers_of(codebook)}, {"files", {"scales.webp"}}};
}

void add_rotations(const SplatCloud& cloud, SogContent& content) {
  auto picture = picture_of_splats(cloud.size());
  for (int64_t row = 0; row < cloud.size(); ++row) {
    const auto q = unit_quaternion(&cloud.quaternions[4 * row]);
    const int largest = largest_component(q);
    const float scale = static_cast<float>(M_SQRT2) * (q[largest] < 0 ? -1.f : 1.f);
    const auto stored = sog_stored_components(largest);
    for (int at = 0; at < 3; ++at) {
      picture.pixels[4 * row + at] = static_cast<uint8_t>(pack_unit(q[stored[at]] * scale * 0.5f + 0.5f, 8));
    }
    picture.pixels[4 * row + 3] = static_cast<uint8_t>(sog_rotation_tag + largest);
  }
  content.pictures["quats.webp"] = io::encode_webp(picture);
  content.meta["quats"] = {{"files", {"quats.webp"}}};
}

void add_colours(const SplatCloud& cloud, SogContent& content) {
  const int64_t width = 3 * cloud.coefficients();
  std::vector<float> constants;
  for (int64_t row = 0; row < cloud.size(); ++row) {
    constants.insert(constants.end(), &cloud.sh[row * width], &cloud.sh[row * width] + 3);
  }
  const auto codebook = fit_byte_codebook(constants);
  auto picture = picture_of_splats(cloud.size());
  for (int64_t row = 0; row < cloud.size(); ++row) {
    for (int channel = 0; channel < 3; ++channel) {
      picture.pixels[4 * row + channel] = codebook.nearest(constants[3 * row + channel]);
    }
    picture.pixels[4 * row + 3] = static_cast<uint8_t>(pack_unit(sigmoid(cloud.opacity_logits[row]), 8));
  }
  content.pictures["sh0.webp"] = io::encode_webp(picture);
  content.meta["sh0"] = {{"codebook", numbers_of(codebook)}, {"files", {"sh0.webp"}}};
}

// Rows of bytes [P, 3 * coefficients] become an ordered list of the distinct ones; `labels` then name those.
std::vector<std::string> distinct_entries(const std::vector<std::string>& entries, std::vector<uint32_t>& labels) {
  std::map<std::string, uint32_t> places;
  for (const uint32_t label : labels) places[entries[label]] = 0;
  std::vector<std::string> distinct;
  for (auto& [entry, place] : places) {
    place = static_cast<uint32_t>(distinct.size());
    distinct.push_back(entry);
  }
  for (auto& label : labels) label = places[entries[label]];
  return distinct;
}

// A quarter as many entries as splats, but all their own for small clouds.
int64_t sog_palette_size(int64_t splats) { return std::clamp<int64_t>(splats / 4, 1024, sog_palette_most); }

void add_harmonics(const SplatCloud& cloud, SogContent& content) {
  const int64_t coefficients = cloud.coefficients() - 1, width = 3 * coefficients;
  std::vector<float> rows;
  rows.reserve(static_cast<size_t>(cloud.size() * width));
  for (int64_t row = 0; row < cloud.size(); ++row) {
    const float* rest = &cloud.sh[row * (width + 3)] + 3;
    std::transform(rest, rest + width, std::back_inserter(rows), [](float v) { return std::isfinite(v) ? v : 0.f; });
  }
  auto palette = fit_palette(rows, width, sog_palette_size(cloud.size()));
  const auto codebook = fit_byte_codebook(palette.entries);
  std::vector<std::string> entries(static_cast<size_t>(palette.size()));
  for (int64_t index = 0; index < palette.size() * width; ++index) {
    entries[index / width] += static_cast<char>(codebook.nearest(palette.entries[index]));
  }
  entries = distinct_entries(entries, palette.labels);

  const auto count = static_cast<int64_t>(entries.size());
  const auto height = static_cast<int>((count + sog_palette_row - 1) / sog_palette_row);
  auto centroids = io::make_image(static_cast<int>(sog_palette_row * coefficients), height, 4);
  for (size_t at = 3; at < centroids.pixels.size(); at += 4) centroids.pixels[at] = 255;
  for (int64_t index = 0; index < count * width; ++index) {
    centroids.pixels[index / 3 * 4 + index % 3] = static_cast<uint8_t>(entries[index / width][index % width]);
  }
  auto labels = picture_of_splats(cloud.size());
  for (int64_t row = 0; row < cloud.size(); ++row) {
    labels.pixels[4 * row] = static_cast<uint8_t>(palette.labels[row] & 255);
    labels.pixels[4 * row + 1] = static_cast<uint8_t>(palette.labels[row] >> 8);
  }
  content.pictures["shN_centroids.webp"] = io::encode_webp(centroids);
  content.pictures["shN_labels.webp"] = io::encode_webp(labels);
  content.meta["shN"] = {{"count", count},
                         {"bands", cloud.sh_degree},
                         {"codebook", numbers_of(codebook)},
                         {"files", {"shN_centroids.webp", "shN_labels.webp"}}};
}

SogContent sog_content(const SplatCloud& cloud) {
  cloud.check();
  SogContent content;
  content.meta = {{"version", 2}, {"asset", {{"generator", "retort"}}}, {"count", cloud.size()}};
  add_positions(cloud, content);
  add_scales(cloud, content);
  add_rotations(cloud, content);
  add_colours(cloud, content);
  if (cloud.sh_degree > 0 && cloud.size() > 0) add_harmonics(cloud, content);
  return content;
}
}  // namespace

void write_sog(const std::filesystem::path& file, const SplatCloud& cloud) {
  const auto content = sog_content(cloud);
  io::ZipWriter archive(file);
  archive.add(sog_meta, content.meta.dump());
  for (const auto& [name, picture] : content.pictures) archive.add(name, picture);
  archive.commit();
}

void write_sog_folder(const std::filesystem::path& meta_file, const SplatCloud& cloud) {
  const auto content = sog_content(cloud);
  const auto folder = std::filesystem::absolute(meta_file).parent_path();
  std::error_code failed;
  std::filesystem::create_directory(folder, failed);
  // Without meta.json a folder is no SOG: it goes first and comes last, so that no old one names new pictures.
  std::filesystem::remove(meta_file, failed);
  for (const auto& [name, picture] : content.pictures) io::write_whole_file(folder / name, picture);
  io::write_whole_file(meta_file, content.meta.dump());
}

}  // namespace retort::field
