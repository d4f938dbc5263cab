#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/ply.h"

namespace retort::field {

namespace {
constexpr int64_t full_rest_coefficients = 15;
constexpr int64_t ply_rows_a_batch = 4096;

std::vector<std::string> numbered(const char* prefix, int64_t count) {
  std::vector<std::string> names;
  for (int64_t index = 0; index < count; ++index) names.push_back(fmt::format("{}{}", prefix, index));
  return names;
}

// Where the properties of these names stand. UserError that names the first one missing.
std::vector<int64_t> ply_columns(const io::PlyVertices& vertices, const std::vector<std::string>& wanted,
                                 const std::string& file) {
  std::vector<int64_t> columns;
  for (const auto& name : wanted) {
    const auto column = vertices.column(name);
    if (!column) {
      const bool points = vertices.column("x") && !vertices.column("opacity");
      user_error("{}: no property '{}'; {}", file, name,
                 points ? "these are points, not splats; train a field on the scene they belong to"
                        : "a splat has x, y, z, f_dc_0..2, opacity, scale_0..2 and rot_0..3");
    }
    columns.push_back(*column);
  }
  return columns;
}

// How many properties prefix0, prefix1, ... there are.
int64_t numbered_count(const io::PlyVertices& vertices, const char* prefix) {
  int64_t count = 0;
  while (vertices.column(fmt::format("{}{}", prefix, count))) ++count;
  return count;
}

int degree_of_rest(int64_t values, const std::string& file) {
  constexpr std::array<int64_t, 4> counts = {0, 9, 24, 45};
  const auto found = std::find(counts.begin(), counts.end(), values);
  if (found == counts.end()) {
    user_error("{}: {} properties f_rest_*; spherical harmonics of degree 0 to 3 have 0, 9, 24 or 45", file, values);
  }
  return static_cast<int>(found - counts.begin());
}

void copy_columns(const io::PlyVertices& vertices, const std::vector<int64_t>& columns, std::vector<float>& to) {
  const auto width = static_cast<int64_t>(columns.size());
  for (int64_t row = 0; row < vertices.rows; ++row) {
    const float* from = vertices.values.data() + row * vertices.columns();
    for (int64_t index = 0; index < width; ++index) to[row * width + index] = from[columns[index]];
  }
}
}  // namespace

bool is_ply(std::span<const uint8_t> bytes) {
  return bytes.size() >= 4 && bytes[0] == 'p' && bytes[1] == 'l' && bytes[2] == 'y' &&
         (bytes[3] == '\n' || bytes[3] == '\r');
}

SplatCloud read_splat_ply(std::span<const uint8_t> bytes, const std::string& name) {
  const auto vertices = io::decode_ply(bytes, name);
  const int64_t rest = numbered_count(vertices, "f_rest_");
  auto cloud = make_cloud(vertices.rows, degree_of_rest(rest, name), numbered_count(vertices, "semantic_"));
  copy_columns(vertices, ply_columns(vertices, {"x", "y", "z"}, name), cloud.means);
  copy_columns(vertices, ply_columns(vertices, numbered("rot_", 4), name), cloud.quaternions);
  copy_columns(vertices, ply_columns(vertices, numbered("scale_", 3), name), cloud.log_scales);
  copy_columns(vertices, ply_columns(vertices, {"opacity"}, name), cloud.opacity_logits);
  copy_columns(vertices, ply_columns(vertices, numbered("semantic_", cloud.feature_dim), name), cloud.features);
  // The constant first, then the rest, which a PLY orders by channel before coefficient.
  auto sh = numbered("f_dc_", 3);
  for (int64_t coefficient = 0; coefficient < rest / 3; ++coefficient) {
    for (int64_t channel = 0; channel < 3; ++channel) {
      sh.push_back(fmt::format("f_rest_{}", channel * (rest / 3) + coefficient));
    }
  }
  copy_columns(vertices, ply_columns(vertices, sh, name), cloud.sh);
  return cloud;
}

void write_splat_ply(const std::filesystem::path& file, const SplatCloud& cloud, PlyFlavour flavour) {
  cloud.check();
  const bool full = flavour != PlyFlavour::lean;
  const int64_t rest = full ? full_rest_coefficients : cloud.coefficients() - 1;
  std::vector<std::string> names = {"x", "y", "z"};
  const auto append = [&](const std::vector<std::string>& more) {
    names.insert(names.end(), more.begin(), more.end());
  };
  if (full) append({"nx", "ny", "nz"});
  append(numbered("f_dc_", 3));
  append(numbered("f_rest_", 3 * rest));
  append({"opacity"});
  append(numbered("scale_", 3));
  append(numbered("rot_", 4));
  append(numbered("semantic_", cloud.feature_dim));

  const auto storage = flavour == PlyFlavour::ascii ? io::PlyStorage::ascii : io::PlyStorage::binary;
  io::PlyWriter writer(file, names, cloud.size(), {}, storage);
  std::vector<float> rows;
  for (int64_t row = 0; row < cloud.size(); ++row) {
    const float* sh = cloud.sh.data() + row * 3 * cloud.coefficients();
    rows.insert(rows.end(), &cloud.means[3 * row], &cloud.means[3 * row] + 3);
    if (full) rows.insert(rows.end(), 3, 0.f);
    rows.insert(rows.end(), sh, sh + 3);
    for (int64_t channel = 0; channel < 3; ++channel) {
      for (int64_t coefficient = 1; coefficient <= rest; ++coefficient) {
        rows.push_back(coefficient < cloud.coefficients() ? sh[3 * coefficient + channel] : 0.f);
      }
    }
    rows.push_back(cloud.opacity_logits[row]);
    rows.insert(rows.end(), &cloud.log_scales[3 * row], &cloud.log_scales[3 * row] + 3);
    rows.insert(rows.end(), &cloud.quaternions[4 * row], &cloud.quaternions[4 * row] + 4);
    const float* features = cloud.features.data() + row * cloud.feature_dim;
    rows.insert(rows.end(), features, features + cloud.feature_dim);
    if ((row + 1) % ply_rows_a_batch == 0 || row + 1 == cloud.size()) {
      writer.write_rows(rows);
      rows.clear();
    }
  }
  writer.commit();
}

}  // namespace retort::field
