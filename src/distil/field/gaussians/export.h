// Fields in the formats of other programs.
#pragma once

#include <filesystem>

#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

/// PLY as plain 3DGS viewers read it (PlyFlavour::full), with semantic_0..N-1 unless `with_features` is off. Same
/// properties in the same order as Feature 3DGS, scene/gaussian_model.py save_ply.
void export_ply(const std::filesystem::path& file, const GaussianField& field, bool with_features = true);

/// One row a splat, safetensors: `features` [P,N], `decoded` [P,C] where there is a decoder, `positions` [P,3].
void export_features(const std::filesystem::path& file, const GaussianField& field);

/// Coded features as they are, safetensors: `codes.codebook` [K,N], `codes.indices` [P,S], one row a splat, and where
/// there are some `codes.coefficients` [P,S]; `decoder.weight` [C,N] and `decoder.bias` [C] where there is a decoder.
/// Row p stands for sum_s coefficients[p,s] * codebook[indices[p,s]]. UserError when the features are not coded.
void export_feature_codes(const std::filesystem::path& file, const GaussianField& field);

}  // namespace retort::field
