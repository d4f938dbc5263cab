// Binary glTF 2.0 with the extension KHR_gaussian_splatting (Khronos, release candidate of 2026-04-15): one primitive
// of points, one accessor a property. Opacity and scale are linear there, rotations x, y, z, w. A node turns our axes
// (y down, z forward) into glTF's (y up, z towards the viewer), so the numbers themselves stay as they are.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "distil/field/splat_files/gltf_nodes.h"
#include "distil/field/splat_files/packing.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/atomic_file.h"
#include "io/bytes.h"
#include "io/json.h"

namespace retort::field {

namespace {
using nlohmann::json;
constexpr uint32_t glb_magic = 0x46546c67, glb_json = 0x4e4f534a, glb_binary = 0x004e4942;
constexpr const char* extension = "KHR_gaussian_splatting";
constexpr int component_float = 5126;

std::string attribute(const std::string& name) { return fmt::format("{}:{}", extension, name); }

// Names of the SH attributes of all coefficients up to a degree, in our order.
std::vector<std::string> sh_attributes(int degree) {
  std::vector<std::string> names;
  for (int level = 0; level <= degree; ++level) {
    for (int order = 0; order < 2 * level + 1; ++order) {
      names.push_back(attribute(fmt::format("SH_DEGREE_{}_COEF_{}", level, order)));
    }
  }
  return names;
}

class GlbWriter {
 public:
  explicit GlbWriter(int64_t rows) : rows_(rows) {}

  /// One accessor of `width` floats a splat; returns its number.
  template <class Value>
  size_t add(int width, Value value) {
    const size_t begin = binary_.size();
    for (int64_t row = 0; row < rows_; ++row) {
      for (int index = 0; index < width; ++index) binary_.write(static_cast<float>(value(row, index)));
    }
    views_.push_back({{"buffer", 0}, {"byteOffset", begin}, {"byteLength", binary_.size() - begin}});
    constexpr std::array types = {"SCALAR", "VEC2", "VEC3", "VEC4"};
    accessors_.push_back({{"bufferView", views_.size() - 1},
                          {"componentType", component_float},
                          {"count", rows_},
                          {"type", types[width - 1]}});
    return accessors_.size() - 1;
  }

  json& accessor(size_t index) { return accessors_[index]; }

  void write(const std::filesystem::path& file, json document) {
    document["accessors"] = accessors_;
    document["bufferViews"] = views_;
    document["buffers"] = {{{"byteLength", binary_.size()}}};
    std::string text = document.dump();
    text.resize((text.size() + 3) / 4 * 4, ' ');
    const uint64_t total = 12 + 8 + text.size() + 8 + binary_.size();
    if (total > std::numeric_limits<uint32_t>::max()) {
      user_error("{}: {} splats make a file of over 4 GiB, which GLB can't hold; export as ply", file.string(), rows_);
    }
    io::ByteWriter head;
    for (const uint32_t word : {glb_magic, 2u, uint32_t(total), uint32_t(text.size()), glb_json}) head.write(word);
    head.write_text(text);
    head.write(static_cast<uint32_t>(binary_.size()));
    head.write(glb_binary);
    io::AtomicFile out(file);
    out.write(head.bytes());
    out.write(binary_.bytes());
    out.commit();
  }

 private:
  int64_t rows_;
  io::ByteWriter binary_;
  json views_ = json::array(), accessors_ = json::array();
};

// The smallest box that holds all finite positions, as glTF asks for.
void add_bounds(const SplatCloud& cloud, json& accessor) {
  std::array<float, 3> least{}, most{};
  for (int axis = 0; axis < 3; ++axis) {
    bool any = false;
    for (int64_t row = 0; row < cloud.size(); ++row) {
      const float value = cloud.means[3 * row + axis];
      if (!std::isfinite(value)) continue;
      least[axis] = any ? std::min(least[axis], value) : value;
      most[axis] = any ? std::max(most[axis], value) : value;
      any = true;
    }
  }
  accessor["min"] = least;
  accessor["max"] = most;
}

class GlbReader {
 public:
  GlbReader(std::span<const uint8_t> bytes, const std::string& name) : name_(name) {
    io::ByteReader reader(bytes, name);
    reader.require(reader.read<uint32_t>() == glb_magic, "not a binary glTF file");
    const auto version = reader.read<uint32_t>();
    reader.require(version == 2, "glTF of another version than 2", version);
    reader.require(reader.read<uint32_t>() <= bytes.size(), "the file is cut off");
    const auto text_bytes = reader.read<uint32_t>();
    reader.require(reader.read<uint32_t>() == glb_json, "the first chunk is not JSON");
    document_ = io::parse_json(reader.text(text_bytes), name);
    if (reader.remaining() < 8) return;
    const auto binary_bytes = reader.read<uint32_t>();
    reader.require(reader.read<uint32_t>() == glb_binary, "the second chunk is not binary data");
    binary_ = reader.take(binary_bytes);
  }

  struct Splats {
    const json& primitive;
    size_t mesh;
  };

  /// The first primitive that carries splats.
  Splats splats() const {
    const auto& meshes = list(document_, "meshes");
    for (size_t mesh = 0; mesh < meshes.size(); ++mesh) {
      for (const auto& primitive : list(meshes[mesh], "primitives")) {
        if (primitive.contains("extensions") && primitive["extensions"].is_object() &&
            primitive["extensions"].contains(extension) && primitive.contains("attributes") &&
            primitive["attributes"].is_object()) {
          return {primitive, mesh};
        }
      }
    }
    user_error("{}: no primitive with {}; not a glTF of splats", name_, extension);
  }

  /// From a mesh's coordinates to ours: where glTF's nodes put it, then the half turn about x between glTF's axes (y
  /// up) and ours (y down). Nothing is left of it in files of ours.
  Similarity placement(size_t mesh) const {
    auto place = placement_of_mesh(document_, mesh, name_);
    for (size_t row : {1, 2}) {
      for (size_t column = 0; column < 3; ++column) place.rotation[3 * row + column] *= -1;
      place.shift[row] *= -1;
    }
    return place;
  }

  int64_t count(const json& attributes, const std::string& attribute_name) const {
    return whole(accessor(attributes, attribute_name), "count");
  }

  /// Values [count, width] of an attribute: floats, or integers that stand for 0 to 1 or -1 to 1.
  std::vector<float> values(const json& attributes, const std::string& attribute_name, int width, int64_t rows) const {
    const auto& facts = accessor(attributes, attribute_name);
    constexpr std::array types = {"SCALAR", "VEC2", "VEC3", "VEC4"};
    if (!facts.contains("type") || facts["type"] != types[width - 1] || whole(facts, "count") != rows ||
        facts.contains("sparse")) {
      user_error("{}: '{}' is not {} dense values of type {}", name_, attribute_name, rows, types[width - 1]);
    }
    const int64_t type = whole(facts, "componentType");
    const size_t size = component_size(type, attribute_name);
    const auto& view = element("bufferViews", whole(facts, "bufferView"));
    const auto offset = uint64_t(optional(view, "byteOffset")) + uint64_t(optional(facts, "byteOffset"));
    const uint64_t row_bytes = size * width;
    const uint64_t stride = view.contains("byteStride") ? uint64_t(whole(view, "byteStride")) : row_bytes;
    if (stride < row_bytes || stride > 256 || offset > binary_.size() ||
        (rows > 0 && (uint64_t(rows) > binary_.size() / stride + 1 ||
                      offset + uint64_t(rows - 1) * stride + row_bytes > binary_.size()))) {
      user_error("{}: '{}' lies outside the file's data", name_, attribute_name);
    }
    std::vector<float> numbers(static_cast<size_t>(rows * width));
    for (int64_t row = 0; row < rows; ++row) {
      io::ByteReader reader(binary_.subspan(offset + uint64_t(row) * stride, row_bytes), name_);
      for (int index = 0; index < width; ++index) numbers[row * width + index] = component(reader, type);
    }
    return numbers;
  }

 private:
  static const json& list(const json& holder, const char* key) {
    static const json none = json::array();
    return holder.is_object() && holder.contains(key) && holder[key].is_array() ? holder[key] : none;
  }

  int64_t whole(const json& holder, const char* key) const {
    if (!holder.is_object() || !holder.contains(key) || !holder[key].is_number_unsigned() ||
        holder[key].get<uint64_t>() > (uint64_t{1} << 40)) {
      user_error("{}: '{}' is missing or not a whole number", name_, key);
    }
    return holder[key].get<int64_t>();
  }
  int64_t optional(const json& holder, const char* key) const { return holder.contains(key) ? whole(holder, key) : 0; }

  const json& element(const char* key, int64_t index) const {
    const auto& all = list(document_, key);
    if (index >= int64_t(all.size()) || !all[index].is_object())
      user_error("{}: {} has no number {}", name_, key, index);
    return all[index];
  }

  const json& accessor(const json& attributes, const std::string& attribute_name) const {
    return element("accessors", whole(attributes, attribute_name.c_str()));
  }

  size_t component_size(int64_t type, const std::string& attribute_name) const {
    switch (type) {
      case 5120:
      case 5121:
        return 1;
      case 5122:
      case 5123:
        return 2;
      case component_float:
        return 4;
      default:
        user_error("{}: '{}' has components of type {}, which are not read here", name_, attribute_name, type);
    }
  }

  static float component(io::ByteReader& reader, int64_t type) {
    switch (type) {
      case 5120:
        return std::max(static_cast<float>(reader.read<int8_t>()) / 127, -1.f);
      case 5121:
        return static_cast<float>(reader.read<uint8_t>()) / 255;
      case 5122:
        return std::max(static_cast<float>(reader.read<int16_t>()) / 32767, -1.f);
      case 5123:
        return static_cast<float>(reader.read<uint16_t>()) / 65535;
      default:
        return reader.read<float>();
    }
  }

  std::string name_;
  json document_;
  std::span<const uint8_t> binary_;
};

float logit_of(float opacity) {
  constexpr float inside = 1e-6f;  // a logit of exactly 0 or 1 is infinite
  const float value = std::clamp(std::isnan(opacity) ? 0.f : opacity, inside, 1 - inside);
  return std::log(value / (1 - value));
}
}  // namespace

bool is_glb(std::span<const uint8_t> bytes) {
  return bytes.size() >= 4 && bytes[0] == 'g' && bytes[1] == 'l' && bytes[2] == 'T' && bytes[3] == 'F';
}

SplatCloud read_glb(std::span<const uint8_t> bytes, const std::string& name) {
  const GlbReader reader(bytes, name);
  const auto splats = reader.splats();
  const auto& attributes = splats.primitive["attributes"];
  int degree = 0;
  while (degree < 3 && attributes.contains(attribute(fmt::format("SH_DEGREE_{}_COEF_0", degree + 1)))) ++degree;
  const int64_t count = reader.count(attributes, "POSITION");
  SplatCloud cloud;
  cloud.sh_degree = degree;
  cloud.means = reader.values(attributes, "POSITION", 3, count);
  const auto rotations = reader.values(attributes, attribute("ROTATION"), 4, count);
  cloud.quaternions.resize(rotations.size());
  for (size_t index = 0; index < rotations.size(); ++index) {
    cloud.quaternions[index / 4 * 4 + (index + 1) % 4] = rotations[index];
  }
  cloud.log_scales = reader.values(attributes, attribute("SCALE"), 3, count);
  for (auto& scale : cloud.log_scales) scale = std::log(std::max(scale, std::numeric_limits<float>::min()));
  cloud.opacity_logits = reader.values(attributes, attribute("OPACITY"), 1, count);
  for (auto& opacity : cloud.opacity_logits) opacity = logit_of(opacity);
  cloud.sh.resize(static_cast<size_t>(count * 3 * cloud.coefficients()));
  int64_t coefficient = 0;
  for (const auto& sh_name : sh_attributes(degree)) {
    const auto values = reader.values(attributes, sh_name, 3, count);
    for (int64_t row = 0; row < count; ++row) {
      std::copy_n(&values[3 * row], 3, &cloud.sh[3 * (row * cloud.coefficients() + coefficient)]);
    }
    ++coefficient;
  }
  move_cloud(cloud, reader.placement(splats.mesh));
  return cloud;
}

void write_glb(const std::filesystem::path& file, const SplatCloud& cloud) {
  cloud.check();
  GlbWriter writer(cloud.size());
  json attributes;
  const auto positions = writer.add(3, [&](int64_t row, int axis) { return cloud.means[3 * row + axis]; });
  add_bounds(cloud, writer.accessor(positions));
  attributes["POSITION"] = positions;
  attributes[attribute("ROTATION")] = writer.add(
      4, [&](int64_t row, int index) { return unit_quaternion(&cloud.quaternions[4 * row])[(index + 1) % 4]; });
  attributes[attribute("SCALE")] =
      writer.add(3, [&](int64_t row, int axis) { return std::exp(cloud.log_scales[3 * row + axis]); });
  attributes[attribute("OPACITY")] =
      writer.add(1, [&](int64_t row, int) { return sigmoid(cloud.opacity_logits[row]); });
  int64_t coefficient = 0;
  for (const auto& name : sh_attributes(cloud.sh_degree)) {
    attributes[name] = writer.add(3, [&](int64_t row, int channel) {
      return cloud.sh[3 * (row * cloud.coefficients() + coefficient) + channel];
    });
    ++coefficient;
  }
  const json settings = {{"kernel", "ellipse"},
                         {"colorSpace", "srgb_rec709_display"},
                         {"projection", "perspective"},
                         {"sortingMethod", "cameraDistance"}};
  writer.write(
      file,
      {{"asset", {{"version", "2.0"}, {"generator", "retort"}}},
       {"extensionsUsed", {extension}},
       {"scene", 0},
       {"scenes", {{{"nodes", {0}}}}},
       // Half a turn about x, as a quaternion x, y, z, w.
       {"nodes", {{{"mesh", 0}, {"rotation", {1, 0, 0, 0}}}}},
       {"meshes",
        {{{"primitives", {{{"mode", 0}, {"attributes", attributes}, {"extensions", {{extension, settings}}}}}}}}}});
}

}  // namespace retort::field
