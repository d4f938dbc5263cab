#include "distil/field/gaussians/export.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "core/errors.h"
#include "io/ply.h"
#include "io/tensor/tensor_io.h"

namespace retort::field {

namespace {
// Viewers take the number of f_rest properties for the degree: all files have degree 3, unused coefficients zero.
constexpr int64_t exported_rest_coefficients = 15;
constexpr int64_t rows_a_batch = 4096;

std::vector<std::string> ply_property_names(int64_t features) {
  std::vector<std::string> names = {"x", "y", "z", "nx", "ny", "nz"};
  const auto append = [&](const char* prefix, int64_t count) {
    for (int64_t index = 0; index < count; ++index) names.push_back(fmt::format("{}{}", prefix, index));
  };
  append("f_dc_", 3);
  append("f_rest_", 3 * exported_rest_coefficients);
  names.emplace_back("opacity");
  append("scale_", 3);
  append("rot_", 4);
  append("semantic_", features);
  return names;
}

// The rows [begin, end) of the file as one [n, columns] tensor.
at::Tensor ply_rows(const splat::SplatParameters& splats, int64_t begin, int64_t end, bool with_features) {
  const auto rows = [&](const at::Tensor& values) { return values.slice(0, begin, end); };
  const int64_t count = end - begin;
  const auto sh = rows(splats.sh);
  auto rest = at::zeros({count, 3, exported_rest_coefficients}, at::kFloat);
  const int64_t kept = std::min(sh.size(1) - 1, exported_rest_coefficients);
  rest.slice(2, 0, kept).copy_(sh.slice(1, 1, 1 + kept).transpose(1, 2));
  std::vector<at::Tensor> columns = {
      rows(splats.means),        at::zeros({count, 3}, at::kFloat),        sh.select(1, 0),
      rest.reshape({count, -1}), rows(splats.opacity_logits).unsqueeze(1), rows(splats.log_scales),
      rows(splats.quaternions)};
  if (with_features) columns.push_back(rows(splats.features));
  return at::cat(columns, 1).contiguous();
}
}  // namespace

void export_ply(const std::filesystem::path& file, const GaussianField& field, bool with_features) {
  io::PlyWriter writer(file, ply_property_names(with_features ? field.feature_dim() : 0), field.size());
  for (int64_t begin = 0; begin < field.size(); begin += rows_a_batch) {
    const auto rows = ply_rows(field.splats, begin, std::min(begin + rows_a_batch, field.size()), with_features);
    writer.write_rows({rows.data_ptr<float>(), static_cast<size_t>(rows.numel())});
  }
  writer.commit();
}

void export_features(const std::filesystem::path& file, const GaussianField& field) {
  if (field.feature_dim() == 0) user_error("this field carries no features to export");
  io::NamedTensors tensors = {{"positions", field.splats.means}, {"features", field.splats.features}};
  if (field.decoder) tensors["decoded"] = decode_features(field, field.splats.features);
  io::save_safetensors(file, tensors);
}

}  // namespace retort::field
