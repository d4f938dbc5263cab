// SPZ of Niantic: one array a property. Up to version 3 a header of 16 bytes and the arrays are one gzip stream; from
// version 4 on a header of 32 bytes and a list of sizes stand before arrays that Zstandard packs each for itself. Axes
// are right, up, back, where 3DGS files have right, down, forward: y and z change sign, and with them rotations and
// some spherical harmonics.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/errors.h"
#include "distil/field/splat_files/packing.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/atomic_file.h"
#include "io/bytes.h"
#include "io/gzip.h"
#include "io/zstd.h"

namespace retort::field {

namespace {
constexpr uint32_t spz_magic = 0x5053474e;  // "NGSP"
constexpr uint32_t spz_zstd_version = 4;
constexpr size_t spz_zstd_header_bytes = 32;
constexpr uint8_t spz_has_extensions = 2;               // in the flags
constexpr uint32_t spz_coordinate_system = 0xadbe0003;  // the extension that means other axes
constexpr int spz_fraction_bits = 12;
constexpr uint64_t spz_max_bytes = uint64_t{4} << 30;
constexpr float spz_colour_scale = 0.15f;
constexpr float spz_scale_shift = 10, spz_scale_steps = 16;
// Precision kept of the SH bytes: 5 bits in degree 1, 4 bits above.
constexpr int spz_step_degree_1 = 8, spz_step_above = 16;

// Signs of the SH coefficients 1 to 15 when y and z change sign: products of y and z in each basis function.
constexpr std::array<float, 15> spz_sh_signs = {-1, -1, 1, -1, 1, 1, -1, 1, -1, 1, -1, -1, 1, -1, 1};
constexpr std::array<float, 3> spz_axis_signs = {1, -1, -1};

uint8_t byte_of(float value) {
  return static_cast<uint8_t>(std::clamp(std::isnan(value) ? 0.f : std::round(value), 0.f, 255.f));
}

int spz_step(int64_t coefficient) { return coefficient < 4 ? spz_step_degree_1 : spz_step_above; }

// The nearest byte that keeps only so many steps around 128.
uint8_t pack_spz_sh(float value, int step) {
  const int fine =
      static_cast<int>(std::clamp(std::isnan(value) ? 0.f : std::round(value * 128), -1000.f, 1000.f)) + 128;
  const int coarse =
      static_cast<int>(std::floor(static_cast<float>(fine + step / 2) / static_cast<float>(step))) * step;
  return static_cast<uint8_t>(std::clamp(coarse, 0, 255));
}

// The three smaller components, each a sign and 9 bits of magnitude, and which one is missing; order x, y, z, w.
uint32_t pack_spz_rotation(const std::array<float, 4>& wxyz) {
  const std::array<float, 4> q = {wxyz[1], wxyz[2], wxyz[3], wxyz[0]};
  const int largest = largest_component(q);
  const bool negated = q[largest] < 0;
  uint32_t packed = static_cast<uint32_t>(largest);
  for (int index = 0; index < 4; ++index) {
    if (index == largest) continue;
    const uint32_t sign = (q[index] < 0) != negated ? 1 : 0;
    const auto magnitude = pack_unit(std::abs(q[index]) * static_cast<float>(M_SQRT2), 9);
    packed = packed << 10 | sign << 9 | magnitude;
  }
  return packed;
}

std::array<float, 4> unpack_spz_rotation(uint32_t packed) {
  std::array<float, 4> q;
  const int largest = static_cast<int>(packed >> 30);
  float square = 0;
  for (int index = 3; index >= 0; --index) {
    if (index == largest) continue;
    const float magnitude = unpack_unit(packed, 9) * static_cast<float>(M_SQRT1_2);
    q[index] = (packed >> 9 & 1) != 0 ? -magnitude : magnitude;
    square += magnitude * magnitude;
    packed >>= 10;
  }
  q[largest] = std::sqrt(std::max(0.f, 1 - square));
  return {q[3], q[0], q[1], q[2]};
}

// Version 2: x, y, z in a byte each, w not negative.
std::array<float, 4> unpack_old_rotation(std::span<const uint8_t> bytes) {
  std::array<float, 3> xyz;
  for (int axis = 0; axis < 3; ++axis) xyz[axis] = static_cast<float>(bytes[axis]) / 127.5f - 1;
  return {missing_component(xyz[0], xyz[1], xyz[2]), xyz[0], xyz[1], xyz[2]};
}

// A rotation seen from the other axes: turned by half a turn about x, before and after.
std::array<float, 4> flipped(const std::array<float, 4>& q) { return {q[0], q[1], -q[2], -q[3]}; }

// What the headers of all versions say.
struct SpzFacts {
  uint32_t version, points;
  uint8_t sh_degree, fraction_bits, flags;

  explicit SpzFacts(io::ByteReader& reader) {
    reader.require(reader.read<uint32_t>() == spz_magic, "not an SPZ file: its stream does not begin with 'NGSP'");
    version = reader.read<uint32_t>();
    reader.require(version >= 2 && version <= spz_zstd_version, "SPZ of a version that is not read here (2 to 4 are)",
                   version);
    points = reader.read<uint32_t>();
    sh_degree = reader.read<uint8_t>();
    fraction_bits = reader.read<uint8_t>();
    flags = reader.read<uint8_t>();  // 1: trained with antialiasing
    reader.require(sh_degree <= 3, "SH of a degree above 3", sh_degree);
    reader.require(fraction_bits < 24, "positions with too many bits after the point", fraction_bits);
  }

  /// Bytes of the arrays: positions, opacities, colours, scales, rotations, SH.
  std::array<uint64_t, 6> array_bytes() const {
    const uint64_t rest = 3u * ((sh_degree + 1u) * (sh_degree + 1u) - 1), rotation = version == 2 ? 3 : 4;
    std::array<uint64_t, 6> bytes = {9, 1, 3, 3, rotation, rest};
    for (auto& value : bytes) value *= points;
    return bytes;
  }
  uint64_t total_bytes() const {
    const auto bytes = array_bytes();
    return std::accumulate(bytes.begin(), bytes.end(), uint64_t{0});
  }
};

// From version 4 on the magic stands at the file's beginning.
bool is_zstd_spz(std::span<const uint8_t> bytes) { return io::ByteReader(bytes, "").begins_with("NGSP"); }

// Records of type, length and content between header and list. Unknown ones are skipped, as the format asks for.
void check_spz_extensions(io::ByteReader records) {
  while (!records.at_end()) {
    const auto type = records.read<uint32_t>();
    records.require(type != spz_coordinate_system,
                    "an SPZ in axes of its own (SPZ_ADOBE_coordinate_system), which are not read here");
    records.skip(records.read<uint32_t>());
  }
}

// The arrays of a file of version 4, one after the other.
std::string unpack_zstd_arrays(io::ByteReader& reader, const SpzFacts& facts) {
  const auto arrays = reader.read<uint8_t>();
  const auto list = reader.read<uint32_t>();
  reader.require(facts.version == spz_zstd_version, "a version before 4 outside a gzip stream", facts.version);
  reader.require(facts.total_bytes() <= spz_max_bytes, "more splats than are read here", facts.points);
  reader.require(list >= spz_zstd_header_bytes, "the list of arrays lies in the header", list);
  if ((facts.flags & spz_has_extensions) != 0) {
    check_spz_extensions(reader.part(spz_zstd_header_bytes, list - spz_zstd_header_bytes));
  }
  reader.seek(list);
  std::vector<std::pair<uint64_t, uint64_t>> sizes;  // packed, unpacked
  for (const uint64_t wanted : facts.array_bytes()) {
    if (wanted == 0) continue;  // left out
    const auto packed = reader.read<uint64_t>(), unpacked = reader.read<uint64_t>();
    reader.require(unpacked == wanted, "an array's length does not fit the number of splats", unpacked);
    sizes.emplace_back(packed, unpacked);
  }
  reader.require(sizes.size() == arrays, "another number of arrays than the properties need", arrays);
  std::string content;
  for (const auto& [packed, unpacked] : sizes) {
    content += io::unpack_zstd(reader.take(packed), reader.name(), unpacked);
  }
  reader.require(reader.at_end(), "more bytes than the arrays have");
  return content;
}

float read_fixed(std::span<const uint8_t> bytes, float unit) {
  int32_t fixed = bytes[0] | bytes[1] << 8 | bytes[2] << 16;
  if ((fixed & 0x800000) != 0) fixed -= 1 << 24;
  return static_cast<float>(fixed) * unit;
}

void write_fixed(float value, io::ByteWriter& out) {
  constexpr float limit = (1 << 23) - 1;
  const float scaled = std::round(value * (1 << spz_fraction_bits));
  const auto fixed = static_cast<int32_t>(std::clamp(std::isnan(scaled) ? 0.f : scaled, -limit, limit));
  for (int shift = 0; shift < 24; shift += 8) out.write(static_cast<uint8_t>(fixed >> shift & 255));
}
// `reader` stands before the arrays.
SplatCloud cloud_of_spz_arrays(const SpzFacts& header, io::ByteReader& reader) {
  auto cloud = make_cloud(header.points, header.sh_degree);
  const int64_t count = cloud.size(), coefficients = cloud.coefficients();
  const float unit = 1 / static_cast<float>(1 << header.fraction_bits);
  for (int64_t index = 0; index < 3 * count; ++index) {
    cloud.means[index] = spz_axis_signs[index % 3] * read_fixed(reader.take(3), unit);
  }
  for (auto& logit : cloud.opacity_logits) logit = logit_of_byte(reader.read<uint8_t>());
  for (int64_t index = 0; index < 3 * count; ++index) {
    cloud.sh[index / 3 * 3 * coefficients + index % 3] =
        (unpack_unit(reader.read<uint8_t>(), 8) - 0.5f) / spz_colour_scale;
  }
  for (auto& scale : cloud.log_scales)
    scale = static_cast<float>(reader.read<uint8_t>()) / spz_scale_steps - spz_scale_shift;
  for (int64_t row = 0; row < count; ++row) {
    const auto rotation = flipped(header.version == 2 ? unpack_old_rotation(reader.take(3))
                                                      : unpack_spz_rotation(reader.read<uint32_t>()));
    std::copy(rotation.begin(), rotation.end(), &cloud.quaternions[4 * row]);
  }
  for (int64_t row = 0; row < count; ++row) {
    for (int64_t index = 3; index < 3 * coefficients; ++index) {
      const float value = (static_cast<float>(reader.read<uint8_t>()) - 128) / 128;
      cloud.sh[row * 3 * coefficients + index] = spz_sh_signs[index / 3 - 1] * value;
    }
  }
  return cloud;
}

// In the order of SpzFacts::array_bytes().
std::array<std::string, 6> spz_arrays(const SplatCloud& cloud) {
  const int64_t count = cloud.size(), coefficients = cloud.coefficients();
  io::ByteWriter positions, opacities, colours, scales, rotations, rest;
  for (int64_t index = 0; index < 3 * count; ++index) {
    write_fixed(spz_axis_signs[index % 3] * cloud.means[index], positions);
  }
  for (const float logit : cloud.opacity_logits) opacities.write(static_cast<uint8_t>(pack_unit(sigmoid(logit), 8)));
  for (int64_t index = 0; index < 3 * count; ++index) {
    const float colour = cloud.sh[index / 3 * 3 * coefficients + index % 3];
    colours.write(byte_of((colour * spz_colour_scale + 0.5f) * 255));
  }
  for (const float scale : cloud.log_scales) scales.write(byte_of((scale + spz_scale_shift) * spz_scale_steps));
  for (int64_t row = 0; row < count; ++row) {
    rotations.write(pack_spz_rotation(flipped(unit_quaternion(&cloud.quaternions[4 * row]))));
    for (int64_t index = 3; index < 3 * coefficients; ++index) {
      const float value = spz_sh_signs[index / 3 - 1] * cloud.sh[row * 3 * coefficients + index];
      rest.write(pack_spz_sh(value, spz_step(index / 3)));
    }
  }
  return {positions.take(), opacities.take(), colours.take(), scales.take(), rotations.take(), rest.take()};
}

// The 15 bytes that headers of all versions begin with.
io::ByteWriter spz_head(const SplatCloud& cloud, uint32_t version) {
  io::ByteWriter head;
  head.write(spz_magic);
  head.write(version);
  head.write(static_cast<uint32_t>(cloud.size()));
  head.write(static_cast<uint8_t>(cloud.sh_degree));
  head.write(static_cast<uint8_t>(spz_fraction_bits));
  head.write(uint8_t{0});  // flags
  return head;
}
}  // namespace

bool is_spz(std::span<const uint8_t> bytes) { return io::looks_like_gzip(bytes) || is_zstd_spz(bytes); }

SplatCloud read_spz(std::span<const uint8_t> bytes, const std::string& name) {
  if (is_zstd_spz(bytes)) {
    io::ByteReader file(bytes, name);
    const SpzFacts facts(file);
    const std::string arrays = unpack_zstd_arrays(file, facts);
    io::ByteReader reader(io::as_bytes(arrays), name);
    return cloud_of_spz_arrays(facts, reader);
  }
  const std::string stream = io::gunzip(bytes, name, spz_max_bytes);
  io::ByteReader reader(io::as_bytes(stream), name);
  const SpzFacts facts(reader);
  reader.require(facts.version < spz_zstd_version, "a version after 3 in a gzip stream", facts.version);
  reader.skip(1);  // reserved
  reader.require(facts.total_bytes() == reader.remaining(), "the stream's length does not fit its splats",
                 facts.points);
  return cloud_of_spz_arrays(facts, reader);
}

void write_spz(const std::filesystem::path& file, const SplatCloud& cloud) {
  cloud.check();
  auto out = spz_head(cloud, 3);
  out.pad(1, 0);
  for (const auto& array : spz_arrays(cloud)) out.write_text(array);
  io::write_whole_file(file, io::gzip(out.bytes()));
}

void write_spz_zstd(const std::filesystem::path& file, const SplatCloud& cloud) {
  cloud.check();
  io::ByteWriter list, arrays;
  uint8_t count = 0;
  for (const auto& array : spz_arrays(cloud)) {
    if (array.empty()) continue;
    const auto packed = io::pack_zstd(array);
    list.write(uint64_t{packed.size()});
    list.write(uint64_t{array.size()});
    arrays.write_text(packed);
    ++count;
  }
  auto out = spz_head(cloud, spz_zstd_version);
  out.write(count);
  out.write(static_cast<uint32_t>(spz_zstd_header_bytes));
  out.pad(spz_zstd_header_bytes - out.size(), 0);
  out.write_text(list.bytes());
  out.write_text(arrays.bytes());
  io::write_whole_file(file, out.bytes());
}

}  // namespace retort::field
