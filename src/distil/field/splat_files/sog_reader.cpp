#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/errors.h"
#include "distil/field/splat_files/packing.h"
#include "distil/field/splat_files/sog_layout.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/json.h"
#include "io/mapped_file.h"
#include "io/webp.h"
#include "io/zip.h"

namespace retort::field {

namespace {
using nlohmann::json;
using SogTable = std::array<float, 256>;  // what a byte stands for
constexpr uint64_t sog_meta_bytes = 16 << 20;
constexpr uint64_t sog_picture_bytes = uint64_t{1} << 30;
// A WebP of one colour has any size in a few bytes. Files with positions take several bytes a splat; more splats a byte
// than this are a claim made to exhaust memory, unless they are few.
constexpr int64_t sog_splats_a_byte = 64, sog_always_splats = 1 << 16;
// A picture may be larger than its splats need (whole rows, sides of a power of two), but not by any factor.
constexpr int64_t sog_spare_factor = 4;
constexpr double sog_largest_log = 88;  // whose exponential is still a float32

// The files of one SOG by their names: members of an archive or files of a folder.
using SogFiles = std::function<io::SharedBytes(const std::string& file)>;

std::string beginning_of(const json& value) { return value.dump().substr(0, 40); }

class SogReader {
 public:
  SogReader(const json& meta, SogFiles files, std::string name)
      : meta_(meta), files_(std::move(files)), name_(std::move(name)) {
    if (!meta_.is_object()) user_error("{}: its meta.json is no object", name_);
    const bool old = !meta_.contains("version");
    if (!old && meta_["version"] != 2) {
      user_error("{}: SOG of version {}; 1 and 2 are read here", name_, beginning_of(meta_["version"]));
    }
    version_ = old ? 1 : 2;
    count_ = old ? whole(at(at(part("means"), "shape"), 0)) : whole(at(meta_, "count"));
    if (meta_.contains("shN")) sh_degree_ = degree_of_harmonics();
  }

  SplatCloud read() {
    load_files();
    auto cloud = make_cloud(count_, sh_degree_);
    read_positions(cloud);
    read_scales(cloud);
    read_rotations(cloud);
    read_colours(cloud);
    if (sh_degree_ > 0) read_harmonics(cloud);
    return cloud;
  }

 private:
  struct File {
    std::string name;
    io::SharedBytes bytes;
  };

  [[noreturn]] void fail(const std::string& what) const { user_error("{}: meta.json: {}", name_, what); }

  const json& at(const json& holder, const char* key) const {
    if (!holder.is_object() || !holder.contains(key)) fail(fmt::format("'{}' is missing", key));
    return holder[key];
  }
  const json& at(const json& list, int index) const {
    if (!list.is_array() || list.size() <= size_t(index)) fail(fmt::format("a list has no number {}", index));
    return list[size_t(index)];
  }
  const json& part(const char* key) const { return at(meta_, key); }

  int64_t whole(const json& value) const {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > (uint64_t{1} << 32)) {
      fail(fmt::format("{} where a whole number should stand", beginning_of(value)));
    }
    return value.get<int64_t>();
  }

  double number(const json& value, double limit) const {
    if (!value.is_number() || !(std::abs(value.get<double>()) <= limit)) {
      fail(fmt::format("{} where a number up to {} should stand", beginning_of(value), limit));
    }
    return value.get<double>();
  }
  float number(const json& value) const { return float(number(value, std::numeric_limits<float>::max())); }

  // Version 1 has 256 steps from the least to the most number of each channel, version 2 one list for all channels.
  SogTable table(const json& facts, int channel) const {
    SogTable table{};
    if (version_ == 1) {
      const auto end = [&](const char* key) {
        const auto& ends = at(facts, key);
        return number(ends.is_array() ? at(ends, channel) : ends);
      };
      const float least = end("mins"), most = end("maxs");
      for (size_t byte = 0; byte < table.size(); ++byte) {
        table[byte] = least + (most - least) * (static_cast<float>(byte) / 255);
      }
      return table;
    }
    const auto& codebook = at(facts, "codebook");
    if (!codebook.is_array() || codebook.empty() || codebook.size() > table.size()) {
      fail("a codebook is no list of 1 to 256 numbers");
    }
    for (size_t byte = 0; byte < table.size(); ++byte) {
      table[byte] = number(codebook[std::min(byte, codebook.size() - 1)]);
    }
    return table;
  }

  std::array<SogTable, 3> three_tables(const json& facts) const {
    return {table(facts, 0), table(facts, 1), table(facts, 2)};
  }

  // A name from meta.json, which must not lead out of the folder.
  const std::string& file_name(const json& facts, int index) const {
    const auto& value = at(at(facts, "files"), index);
    if (!value.is_string()) fail("a file's name is no text");
    const auto& file = value.get_ref<const std::string&>();
    const bool plain =
        !file.empty() && file[0] != '.' && file.find_first_of(std::string_view("/\\:\0", 4)) == file.npos;
    if (!plain) fail(fmt::format("file '{}': only names of files beside meta.json are taken", file));
    return file;
  }

  // Finds all files and holds the number of splats against their size, before anything is decoded.
  void load_files() {
    std::vector<std::pair<const char*, int>> wanted = {
        {"means", 0}, {"means", 1}, {"scales", 0}, {"quats", 0}, {"sh0", 0}};
    if (sh_degree_ > 0) wanted.insert(wanted.end(), {{"shN", 0}, {"shN", 1}});
    uint64_t bytes = 0;
    for (const auto& [key, index] : wanted) {
      const auto& file = file_name(part(key), index);
      pictures_.push_back({file, files_(file)});
      bytes += pictures_.back().bytes.bytes.size();
    }
    if (count_ > sog_always_splats && static_cast<uint64_t>(count_ / sog_splats_a_byte) > bytes) {
      user_error("{}: {} bytes of pictures can't hold {} splats; the file is damaged", name_, bytes, count_);
    }
  }

  io::ImageSize size_of(size_t picture) const {
    return io::webp_size(pictures_[picture].bytes.bytes, where(pictures_[picture]));
  }
  std::string where(const File& file) const { return fmt::format("{}: {}", name_, file.name); }
  io::Image decoded(size_t picture) const {
    return io::decode_webp(pictures_[picture].bytes.bytes, where(pictures_[picture]));
  }

  // A picture with a pixel a splat.
  io::Image splats_picture(size_t picture) const {
    const auto size = size_of(picture);
    const int64_t pixels = int64_t{size.width} * size.height;
    if (pixels < count_ || pixels > sog_spare_factor * count_ + sog_always_splats) {
      user_error("{}: {}x{} pixels for {} splats; a pixel a splat is expected", where(pictures_[picture]), size.width,
                 size.height, count_);
    }
    return decoded(picture);
  }

  void read_positions(SplatCloud& cloud) const {
    const auto& facts = part("means");
    const auto low = splats_picture(0), high = splats_picture(1);
    for (int axis = 0; axis < 3; ++axis) {
      const double least = number(at(at(facts, "mins"), axis), sog_largest_log);
      const double most = number(at(at(facts, "maxs"), axis), sog_largest_log);
      for (int64_t row = 0; row < count_; ++row) {
        const int steps = low.pixels[4 * row + axis] | high.pixels[4 * row + axis] << 8;
        cloud.means[3 * row + axis] = float(sog_exp(least + (most - least) * (steps / sog_position_steps)));
      }
    }
  }

  void read_scales(SplatCloud& cloud) const {
    const auto tables = three_tables(part("scales"));
    const auto picture = splats_picture(2);
    for (int64_t index = 0; index < 3 * count_; ++index) {
      cloud.log_scales[index] = tables[index % 3][picture.pixels[index / 3 * 4 + index % 3]];
    }
  }

  void read_rotations(SplatCloud& cloud) const {
    const auto picture = splats_picture(3);
    for (int64_t row = 0; row < count_; ++row) {
      const uint8_t* pixel = &picture.pixels[4 * row];
      if (pixel[3] < sog_rotation_tag) {
        user_error("{}: the rotation of splat {} has alpha {}; {} to 255 are expected", where(pictures_[3]), row,
                   pixel[3], sog_rotation_tag);
      }
      float* q = &cloud.quaternions[4 * row];
      const int largest = pixel[3] - sog_rotation_tag;
      const auto stored = sog_stored_components(largest);
      for (int at = 0; at < 3; ++at) {
        q[stored[at]] = (unpack_unit(pixel[at], 8) * 2 - 1) * static_cast<float>(M_SQRT1_2);
      }
      q[largest] = missing_component(q[stored[0]], q[stored[1]], q[stored[2]]);
    }
  }

  void read_colours(SplatCloud& cloud) const {
    const auto& facts = part("sh0");
    const auto tables = three_tables(facts);
    const auto opacities = opacity_table(facts);
    const auto picture = splats_picture(4);
    const int64_t width = 3 * cloud.coefficients();
    for (int64_t row = 0; row < count_; ++row) {
      const uint8_t* pixel = &picture.pixels[4 * row];
      for (int channel = 0; channel < 3; ++channel) cloud.sh[row * width + channel] = tables[channel][pixel[channel]];
      cloud.opacity_logits[row] = opacities[pixel[3]];
    }
  }

  SogTable opacity_table(const json& facts) const {
    if (version_ == 1) return table(facts, 3);
    SogTable logits{};
    for (size_t byte = 0; byte < logits.size(); ++byte) logits[byte] = logit_of_byte(static_cast<uint8_t>(byte));
    return logits;
  }

  // Version 1 does not say it: the palette's width does.
  int degree_of_harmonics() {
    const auto& facts = part("shN");
    int64_t degree = 0;
    if (version_ == 2) {
      degree = whole(at(facts, "bands"));
    } else {
      const auto& file = file_name(facts, 0);
      const auto width = io::webp_size(files_(file).bytes, fmt::format("{}: {}", name_, file)).width;
      while (degree < 4 && sog_palette_row * ((degree + 1) * (degree + 1) - 1) != width) ++degree;
    }
    if (degree > 3) fail("the spherical harmonics are of no degree from 0 to 3");
    return static_cast<int>(degree);
  }

  void read_harmonics(SplatCloud& cloud) const {
    const auto& facts = part("shN");
    const auto values = table(facts, 0);
    const int64_t coefficients = cloud.coefficients() - 1;
    const auto size = size_of(5);
    const int64_t most = sog_palette_row * size.height;
    const int64_t entries = version_ == 2 ? whole(at(facts, "count")) : most;
    if (size.width != sog_palette_row * coefficients || entries > most || most > sog_palette_most) {
      user_error(
          "{}: {}x{} pixels for a palette of {} entries of {} coefficients; {} a row and {} in all at most are "
          "expected",
          where(pictures_[5]), size.width, size.height, entries, coefficients, sog_palette_row, sog_palette_most);
    }
    const auto centroids = decoded(5), labels = splats_picture(6);
    for (int64_t row = 0; row < count_; ++row) {
      const int64_t label = labels.pixels[4 * row] | labels.pixels[4 * row + 1] << 8;
      if (label >= entries) {
        user_error("{}: splat {} names entry {} of a palette of {}", where(pictures_[6]), row, label, entries);
      }
      const uint8_t* entry = &centroids.pixels[4 * label * coefficients];
      float* sh = &cloud.sh[row * 3 * (coefficients + 1)];
      for (int64_t index = 0; index < 3 * coefficients; ++index) {
        sh[3 + index] = values[entry[index / 3 * 4 + index % 3]];
      }
    }
  }

  const json& meta_;
  SogFiles files_;
  std::string name_;
  int version_ = 2;
  int64_t count_ = 0;
  int sh_degree_ = 0;
  std::vector<File> pictures_;  // means low and high, scales, quats, sh0, centroids, labels
};
}  // namespace

bool is_sog(std::span<const uint8_t> bytes) { return io::looks_like_zip(bytes); }

SplatCloud read_sog(std::span<const uint8_t> bytes, const std::string& name) {
  const io::ZipArchive archive(io::SharedBytes{nullptr, bytes}, name);
  const auto text = archive.read(sog_meta, sog_meta_bytes);
  const auto meta = io::parse_json({reinterpret_cast<const char*>(text.bytes.data()), text.bytes.size()},
                                   fmt::format("{}: {}", name, sog_meta));
  return SogReader(
             meta, [&](const std::string& file) { return archive.read(file, sog_picture_bytes); }, name)
      .read();
}

SplatCloud read_sog_folder(std::span<const uint8_t> bytes, const std::string& meta_file) {
  if (bytes.size() > sog_meta_bytes) user_error("{}: {} bytes are too many for a meta.json", meta_file, bytes.size());
  const auto meta = io::parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, meta_file);
  const auto folder = std::filesystem::path(meta_file).parent_path();
  return SogReader(
             meta, [&](const std::string& file) { return io::map_file(folder / file); }, folder.string())
      .read();
}

}  // namespace retort::field
