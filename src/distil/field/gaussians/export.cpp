#include "distil/field/gaussians/export.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/field/gaussians/splat_binding.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/tensor/tensor_io.h"
#include "metrics/vector_codes.h"

namespace retort::field {

void export_ply(const std::filesystem::path& file, const GaussianField& field, bool with_features) {
  write_splat_ply(file, cloud_of(field, with_features), PlyFlavour::full);
}

void export_features(const std::filesystem::path& file, const GaussianField& field) {
  if (field.feature_dim() == 0) user_error("this field carries no features to export");
  io::NamedTensors tensors = {{"positions", field.splats.means}, {"features", field.splats.features}};
  if (field.decoder) tensors["decoded"] = decode_features(field, field.splats.features);
  io::save_safetensors(file, tensors);
}

void export_feature_codes(const std::filesystem::path& file, const GaussianField& field) {
  if (!field.codes) {
    user_error("the features of this field are not coded; `retort field compress` codes them (--codebook, --sparse)");
  }
  const auto& codes = *field.codes;
  io::NamedTensors tensors = {{"codes.codebook", metrics::packed_values(codes.codebook)},
                              {"codes.indices", metrics::packed_indices(codes.indices, codes.codebook.size(0))}};
  if (codes.has_coefficients()) tensors["codes.coefficients"] = codes.coefficients.to(at::kHalf);
  if (field.decoder) {
    tensors["decoder.weight"] = field.decoder->weight;
    tensors["decoder.bias"] = field.decoder->bias;
  }
  io::save_safetensors(file, tensors);
}

}  // namespace retort::field
