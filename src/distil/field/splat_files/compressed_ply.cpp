// PlayCanvas's compressed PLY. Each 256 splats share the least and largest position, log scale and colour; a splat is
// four 32-bit numbers: position and log scale in 11 + 10 + 11 bits, colour and opacity in 8 bits each, rotation as the
// three smaller components in 10 bits each and which one is missing. Further SH in 8 bits from -4 to 4.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "core/errors.h"
#include "distil/field/splat_files/packing.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/atomic_file.h"
#include "io/bytes.h"
#include "io/ply.h"

namespace retort::field {

namespace {
constexpr int64_t chunk_size = 256;
constexpr float scale_limit = 20;  // of log scales, as the format's writers clamp them
constexpr float sh_limit = 4;

const std::array<const char*, 18> chunk_names = {
    "min_x",       "min_y",       "min_z",       "max_x", "max_y", "max_z", "min_scale_x", "min_scale_y", "min_scale_z",
    "max_scale_x", "max_scale_y", "max_scale_z", "min_r", "min_g", "min_b", "max_r",       "max_g",       "max_b"};
const std::array<const char*, 4> packed_names = {"packed_position", "packed_rotation", "packed_scale", "packed_color"};

// Least and largest of three numbers over a chunk.
struct ChunkRange {
  std::array<float, 3> least, most;

  template <class Value>
  ChunkRange(int64_t begin, int64_t end, Value value) {
    least.fill(std::numeric_limits<float>::max());
    most.fill(std::numeric_limits<float>::lowest());
    for (int64_t row = begin; row < end; ++row) {
      for (int axis = 0; axis < 3; ++axis) {
        const float number = value(row, axis);
        if (!std::isfinite(number)) continue;
        least[axis] = std::min(least[axis], number);
        most[axis] = std::max(most[axis], number);
      }
    }
    for (int axis = 0; axis < 3; ++axis) {
      if (least[axis] > most[axis]) least[axis] = most[axis] = 0;  // nothing finite
    }
  }

  float share(float number, int axis) const {
    const float width = most[axis] - least[axis];
    return width > 0 ? (number - least[axis]) / width : 0;
  }
};

uint32_t pack_11_10_11(float x, float y, float z) {
  return pack_unit(x, 11) << 21 | pack_unit(y, 10) << 11 | pack_unit(z, 11);
}
std::array<float, 3> unpack_11_10_11(uint32_t packed) {
  return {unpack_unit(packed >> 21, 11), unpack_unit(packed >> 11, 10), unpack_unit(packed, 11)};
}

uint32_t pack_rotation(const float* quaternion) {
  auto q = unit_quaternion(quaternion);
  const int largest = largest_component(q);
  const float sign = q[largest] < 0 ? -1.f : 1.f;
  uint32_t packed = static_cast<uint32_t>(largest);
  for (int index = 0; index < 4; ++index) {
    if (index == largest) continue;
    packed = packed << 10 | pack_unit(sign * q[index] * static_cast<float>(M_SQRT1_2) + 0.5f, 10);
  }
  return packed;
}

std::array<float, 4> unpack_rotation(uint32_t packed) {
  std::array<float, 4> q;
  const auto largest = packed >> 30;
  int shift = 20;
  std::array<float, 3> smaller;
  for (auto& component : smaller) {
    component = (unpack_unit(packed >> shift, 10) - 0.5f) * static_cast<float>(M_SQRT2);
    shift -= 10;
  }
  int next = 0;
  for (uint32_t index = 0; index < 4; ++index) {
    q[index] = index == largest ? missing_component(smaller[0], smaller[1], smaller[2]) : smaller[next++];
  }
  return q;
}

std::string compressed_header(const SplatCloud& cloud, int64_t chunks) {
  std::string header = fmt::format("ply\nformat binary_little_endian 1.0\nelement chunk {}\n", chunks);
  for (const auto* name : chunk_names) header += fmt::format("property float {}\n", name);
  header += fmt::format("element vertex {}\n", cloud.size());
  for (const auto* name : packed_names) header += fmt::format("property uint {}\n", name);
  const int64_t rest = 3 * (cloud.coefficients() - 1);
  if (rest > 0) header += fmt::format("element sh {}\n", cloud.size());
  for (int64_t index = 0; index < rest; ++index) header += fmt::format("property uchar f_rest_{}\n", index);
  return header + "end_header\n";
}

void pack_chunk(const SplatCloud& cloud, int64_t begin, int64_t end, io::ByteWriter& ranges, io::ByteWriter& packed) {
  const auto position = [&](int64_t row, int axis) { return cloud.means[3 * row + axis]; };
  const auto scale = [&](int64_t row, int axis) {
    return std::clamp(cloud.log_scales[3 * row + axis], -scale_limit, scale_limit);
  };
  const auto colour = [&](int64_t row, int channel) {
    return 0.5f + sh_constant * cloud.sh[row * 3 * cloud.coefficients() + channel];
  };
  const ChunkRange positions(begin, end, position), scales(begin, end, scale), colours(begin, end, colour);
  for (const auto* range : {&positions, &scales, &colours}) {
    for (const float value : range->least) ranges.write(value);
    for (const float value : range->most) ranges.write(value);
  }
  for (int64_t row = begin; row < end; ++row) {
    const auto share = [&](const ChunkRange& range, const auto& value, int axis) {
      return range.share(value(row, axis), axis);
    };
    packed.write(
        pack_11_10_11(share(positions, position, 0), share(positions, position, 1), share(positions, position, 2)));
    packed.write(pack_rotation(&cloud.quaternions[4 * row]));
    packed.write(pack_11_10_11(share(scales, scale, 0), share(scales, scale, 1), share(scales, scale, 2)));
    packed.write(pack_unit(share(colours, colour, 0), 8) << 24 | pack_unit(share(colours, colour, 1), 8) << 16 |
                 pack_unit(share(colours, colour, 2), 8) << 8 | pack_unit(sigmoid(cloud.opacity_logits[row]), 8));
  }
}

uint8_t pack_sh(float value) {
  const float share = value / (2 * sh_limit) + 0.5f;
  return static_cast<uint8_t>(std::clamp((std::isnan(share) ? 0.5f : share) * 256, 0.f, 255.f));
}
float unpack_sh(uint8_t packed) {
  const float share = packed == 0 ? 0 : packed == 255 ? 1 : (static_cast<float>(packed) + 0.5f) / 256;
  return (share - 0.5f) * 2 * sh_limit;
}

// A table's columns by name.
class PackedTable {
 public:
  PackedTable(const std::vector<io::PlyTable>& tables, const std::string& element, const std::string& file)
      : file_(file) {
    for (const auto& table : tables) {
      if (table.name == element) table_ = &table;
    }
    if (table_ == nullptr) user_error("{}: no element '{}'; not a compressed PLY", file, element);
  }
  int64_t rows() const { return table_->rows; }
  bool has(const std::string& name) const {
    return std::find(table_->names.begin(), table_->names.end(), name) != table_->names.end();
  }
  size_t column(const std::string& name) const {
    const auto found = std::find(table_->names.begin(), table_->names.end(), name);
    if (found == table_->names.end()) user_error("{}: element '{}' has no '{}'", file_, table_->name, name);
    return static_cast<size_t>(found - table_->names.begin());
  }
  double at(int64_t row, size_t column) const { return table_->values[row * table_->names.size() + column]; }
  /// A packed number; anything else in a damaged file becomes 0.
  uint32_t word(int64_t row, size_t column) const {
    const double value = at(row, column);
    return value >= 0 && value <= 4294967295.0 ? static_cast<uint32_t>(value) : 0;
  }

 private:
  const io::PlyTable* table_ = nullptr;
  std::string file_;
};

void read_rest(const std::vector<io::PlyTable>& tables, SplatCloud& cloud, const std::string& name) {
  const PackedTable sh(tables, "sh", name);
  if (sh.rows() != cloud.size()) user_error("{}: {} splats, but SH for {}", name, cloud.size(), sh.rows());
  const int64_t rest = cloud.coefficients() - 1;
  for (int64_t channel = 0; channel < 3; ++channel) {
    for (int64_t coefficient = 0; coefficient < rest; ++coefficient) {
      const size_t column = sh.column(fmt::format("f_rest_{}", channel * rest + coefficient));
      for (int64_t row = 0; row < cloud.size(); ++row) {
        cloud.sh[row * 3 * (rest + 1) + 3 * (coefficient + 1) + channel] =
            unpack_sh(static_cast<uint8_t>(sh.word(row, column) & 255));
      }
    }
  }
}

int degree_of_tables(const std::vector<io::PlyTable>& tables, const std::string& name) {
  for (const auto& table : tables) {
    if (table.name != "sh") continue;
    for (int degree = 1; degree <= 3; ++degree) {
      if (int64_t(table.names.size()) == 3 * ((degree + 1) * (degree + 1) - 1)) return degree;
    }
    user_error("{}: {} SH values a splat; degree 1 to 3 have 9, 24 or 45", name, table.names.size());
  }
  return 0;
}
}  // namespace

bool is_compressed_ply(std::span<const uint8_t> bytes) {
  if (!is_ply(bytes)) return false;
  const auto head = bytes.first(std::min<size_t>(bytes.size(), 4096));
  return std::string_view(reinterpret_cast<const char*>(head.data()), head.size()).find(" packed_position\n") !=
         std::string_view::npos;
}

SplatCloud read_compressed_ply(std::span<const uint8_t> bytes, const std::string& name) {
  const auto tables = io::decode_ply_tables(bytes, name);
  const PackedTable chunks(tables, "chunk", name), packed(tables, "vertex", name);
  if ((packed.rows() + chunk_size - 1) / chunk_size > chunks.rows()) {
    user_error("{}: {} splats need more than {} chunks of {}", name, packed.rows(), chunks.rows(), chunk_size);
  }
  auto cloud = make_cloud(packed.rows(), degree_of_tables(tables, name));
  const bool ranged_colours = chunks.has("min_r");
  std::array<size_t, 18> range{};
  for (size_t index = 0; index < (ranged_colours ? 18u : 12u); ++index)
    range[index] = chunks.column(chunk_names[index]);
  std::array<size_t, 4> words{};
  for (size_t index = 0; index < 4; ++index) words[index] = packed.column(packed_names[index]);

  for (int64_t row = 0; row < cloud.size(); ++row) {
    const int64_t chunk = row / chunk_size;
    // Number `axis` of the group whose range begins at `first`.
    const auto spread = [&](float share, int first, int axis) {
      const auto least = static_cast<float>(chunks.at(chunk, range[first + axis]));
      const auto most = static_cast<float>(chunks.at(chunk, range[first + 3 + axis]));
      return least * (1 - share) + most * share;
    };
    const auto position = unpack_11_10_11(packed.word(row, words[0]));
    const auto rotation = unpack_rotation(packed.word(row, words[1]));
    const auto scale = unpack_11_10_11(packed.word(row, words[2]));
    const uint32_t colour = packed.word(row, words[3]);
    std::copy(rotation.begin(), rotation.end(), &cloud.quaternions[4 * row]);
    for (int axis = 0; axis < 3; ++axis) {
      cloud.means[3 * row + axis] = spread(position[axis], 0, axis);
      cloud.log_scales[3 * row + axis] = spread(scale[axis], 6, axis);
      const float share = unpack_unit(colour >> (24 - 8 * axis), 8);
      cloud.sh[row * 3 * cloud.coefficients() + axis] =
          ((ranged_colours ? spread(share, 12, axis) : share) - 0.5f) / sh_constant;
    }
    cloud.opacity_logits[row] = logit_of_byte(static_cast<uint8_t>(colour & 255));
  }
  if (cloud.sh_degree > 0) read_rest(tables, cloud, name);
  return cloud;
}

void write_compressed_ply(const std::filesystem::path& file, const SplatCloud& cloud) {
  cloud.check();
  io::ByteWriter ranges, packed, rest;
  for (int64_t begin = 0; begin < cloud.size(); begin += chunk_size) {
    pack_chunk(cloud, begin, std::min(begin + chunk_size, cloud.size()), ranges, packed);
  }
  for (int64_t row = 0; row < cloud.size(); ++row) {
    for (int64_t channel = 0; channel < 3; ++channel) {
      for (int64_t coefficient = 1; coefficient < cloud.coefficients(); ++coefficient) {
        rest.write(pack_sh(cloud.sh[(row * cloud.coefficients() + coefficient) * 3 + channel]));
      }
    }
  }
  io::AtomicFile out(file);
  out.write(compressed_header(cloud, (cloud.size() + chunk_size - 1) / chunk_size));
  for (const auto* part : {&ranges, &packed, &rest}) out.write(part->bytes());
  out.commit();
}

}  // namespace retort::field
