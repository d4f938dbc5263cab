#include "distil/field/gaussians/compress.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "metrics/vector_coding.h"

namespace retort::field {

namespace {
// Features [P,N] in their R leading directions, and the basis that leads from the teacher's channels to them.
void reduce_features(GaussianField& field, int64_t channels) {
  const auto features = field.splats.features.to(at::kDouble);
  if (channels > features.size(1)) {
    user_error("--pca {}: the splats have {} channels; take fewer", channels, features.size(1));
  }
  if (field.decoder) {
    user_error("--pca: this field has a decoder, which keeps its channels apart; use --codebook or --sparse");
  }
  const auto [lengths, directions] = at::linalg_eigh(at::mm(features.t(), features));
  // Eigenvalues come rising; the last are the leading ones.
  const auto leading = directions.slice(1, directions.size(1) - channels).flip({1});
  const double kept = lengths.slice(0, lengths.size(0) - channels).sum().item<double>();
  const double all = lengths.sum().item<double>();
  const double share = all > 0 ? kept / all : 1;
  const auto columns = leading.to(at::kFloat).contiguous();
  field.splats.features = at::mm(field.splats.features, columns).contiguous();
  if (field.basis) {
    field.basis = FeatureBasis{at::mm(field.basis->columns, columns).contiguous(), field.basis->kept_energy * share};
  } else {
    field.basis = FeatureBasis{columns, share};
  }
}

int64_t stored_bytes(const at::Tensor& features) { return features.numel() * (metrics::fits_half(features) ? 2 : 4); }

metrics::VectorCodes feature_codes(const at::Tensor& features, const metrics::CodingChoice& choice,
                                   RandomGenerator random, ThreadPool& pool) {
  if (choice.codebook > 0) {
    auto codes = metrics::fit_codebook(features, choice.codebook, random, pool);
    if (choice.half) codes.codebook = metrics::rounded_to_half(codes.codebook, "codebook");
    return codes;
  }
  const metrics::SparseCodingOptions sparse{
      .entries = choice.sparse_entries, .terms = choice.sparse_terms, .half_entries = choice.half};
  return metrics::fit_sparse_codes(features, sparse, random, pool);
}
}  // namespace

at::Tensor columns_between(const GaussianField& plain, const GaussianField& reduced) {
  return plain.basis ? at::mm(plain.basis->columns.t(), reduced.basis->columns) : reduced.basis->columns;
}

CompressedField compress_field(const GaussianField& field, const metrics::CodingChoice& choice, RandomGenerator random,
                               ThreadPool& pool) {
  if (field.feature_dim() == 0) user_error("this field carries no features to compress");
  const auto& before = field.splats.features;
  if (!at::isfinite(before).all().item<bool>()) user_error("this field has features that are not finite");
  CompressedField result;
  result.field = field;
  result.field.codes.reset();
  result.bytes_before = field.codes ? metrics::coded_bytes(*field.codes) : stored_bytes(before);
  if (choice.pca > 0) {
    reduce_features(result.field, choice.pca);
    if (choice.half) result.field.splats.features = metrics::rounded_to_half(result.field.splats.features, "features");
    // How far the reduced features are, seen in the channels they came from.
    const auto columns = columns_between(field, result.field);
    result.error = metrics::coding_error(before, at::mm(result.field.splats.features, columns.t()));
    result.bytes_after = stored_bytes(result.field.splats.features);
    return result;
  }
  result.field.codes = feature_codes(before, choice, random, pool);
  result.field.splats.features = metrics::decode(*result.field.codes);
  result.error = metrics::coding_error(before, result.field.splats.features);
  result.bytes_after = metrics::coded_bytes(*result.field.codes);
  return result;
}

nlohmann::ordered_json to_json(const CompressedField& compressed) {
  nlohmann::ordered_json json = {
      {"features", compressed.field.codes ? compressed.field.codes->description()
                                          : std::to_string(compressed.field.feature_dim()) + " channels"},
      {"bytes_before", compressed.bytes_before},
      {"bytes_after", compressed.bytes_after},
      {"relative_l2", compressed.error.relative_l2},
      {"mean_cosine", compressed.error.mean_cosine},
      {"worst_cosine", compressed.error.worst_cosine}};
  if (compressed.rendered) {
    json["rendered"] = {{"relative_l2", compressed.rendered->relative_l2},
                        {"mean_cosine", compressed.rendered->mean_cosine},
                        {"worst_cosine", compressed.rendered->worst_cosine}};
  }
  return json;
}

}  // namespace retort::field
