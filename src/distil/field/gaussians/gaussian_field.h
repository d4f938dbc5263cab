// A trained field: what `field train` makes and every other field verb reads.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "distil/field/splat/parameters.h"
#include "distil/field/teachers/feature_basis.h"
#include "metrics/vector_codes.h"

namespace retort::field {

/// The 1x1 convolution that turns rendered channels into the teacher's (Feature 3DGS, models/networks.py CNN_decoder).
struct FeatureDecoder {
  at::Tensor weight;  ///< [C,N]; the pure functions take [C,N,1,1] as well
  at::Tensor bias;    ///< [C]
};

struct GaussianField {
  splat::SplatParameters splats;
  int64_t sh_degree = 0;  ///< active degree
  std::array<double, 3> background = {0, 0, 0};
  std::optional<FeatureDecoder> decoder;
  std::optional<FeatureBasis> basis;         ///< the teacher's channels were reduced by it before training
  std::map<std::string, std::string> notes;  ///< where it came from: scene, teacher, method (free text)
  /// Set when the features are stored coded; splats.features are then exactly decode(*codes), row for row.
  std::optional<metrics::VectorCodes> codes = {};

  int64_t size() const { return splats.size(); }
  int64_t feature_dim() const { return splats.features.size(1); }  ///< N; 0 without features
  /// Channels that rendered features have after the decoder, C; 0 without features.
  int64_t decoded_dim() const { return decoder ? decoder->weight.size(0) : feature_dim(); }
};

/// Writes everything as one safetensors file (atomic; same field, same bytes). Features and codebooks are stored as
/// float16 where that loses nothing.
void save_field(const std::filesystem::path& file, const GaussianField& field);

/// Reads it back. UserError naming the file when it is no field, or its tensors' shapes don't fit each other.
GaussianField load_field(const std::filesystem::path& file);

/// Rows of rendered or per-splat features [M,N] -> the teacher's (possibly reduced) channels [M,C].
at::Tensor decode_features(const GaussianField& field, const at::Tensor& features);

/// A direction in the teacher's own space [D] -> the space that decode_features() yields [C] (reduced by the basis
/// where there is one). UserError when D does not fit.
at::Tensor project_direction(const GaussianField& field, const at::Tensor& direction);

}  // namespace retort::field
