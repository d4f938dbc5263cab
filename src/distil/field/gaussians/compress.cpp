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
}  // namespace

CompressedField compress_field(const GaussianField& field, const CompressOptions& options, RandomGenerator random,
                               ThreadPool& pool) {
  if (field.feature_dim() == 0) user_error("this field carries no features to compress");
  CompressedField result;
  result.field = field;
  result.field.codes.reset();
  const auto& before = field.splats.features;
  result.bytes_before = before.numel() * int64_t{sizeof(float)};
  if (options.pca > 0) {
    reduce_features(result.field, options.pca);
    // How far the reduced features are, seen in the channels they came from.
    const auto columns =
        field.basis ? at::mm(field.basis->columns.t(), result.field.basis->columns) : result.field.basis->columns;
    result.error = metrics::coding_error(before, at::mm(result.field.splats.features, columns.t()));
    result.bytes_after = result.field.splats.features.numel() * int64_t{sizeof(float)};
    return result;
  }
  result.field.codes =
      options.codebook > 0
          ? metrics::fit_codebook(before, options.codebook, random, pool)
          : metrics::fit_sparse_codes(before, {.entries = options.sparse_entries, .terms = options.sparse_terms},
                                      random, pool);
  result.field.splats.features = metrics::decode(*result.field.codes);
  result.error = metrics::coding_error(before, result.field.splats.features);
  result.bytes_after = metrics::coded_bytes(*result.field.codes);
  return result;
}

nlohmann::ordered_json to_json(const CompressedField& compressed) {
  return {{"features", compressed.field.codes ? compressed.field.codes->description()
                                              : std::to_string(compressed.field.feature_dim()) + " channels"},
          {"bytes_before", compressed.bytes_before},
          {"bytes_after", compressed.bytes_after},
          {"relative_l2", compressed.error.relative_l2},
          {"mean_cosine", compressed.error.mean_cosine},
          {"worst_cosine", compressed.error.worst_cosine}};
}

}  // namespace retort::field
