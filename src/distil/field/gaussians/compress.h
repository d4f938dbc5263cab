// Fields with fewer bytes for their features.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "core/random.h"
#include "core/thread_pool.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "metrics/vector_coding.h"

namespace retort::field {

struct CompressedField {
  GaussianField field;
  metrics::CodingError error;  ///< of the decoded features of splats
  /// Of rendered maps, where somebody has cameras (rendered_error.h); filled in by them.
  std::optional<metrics::CodingError> rendered = {};
  int64_t bytes_before = 0, bytes_after = 0;  ///< that the features take in a file
};

/// Codes the features, or reduces them by the leading directions about zero (products with queries survive). A field
/// that is coded already is expanded first. UserError without features, when one is not finite, or when PCA meets a
/// decoder (train with fewer channels instead) or is asked for more channels than there are.
CompressedField compress_field(const GaussianField& field, const metrics::CodingChoice& choice, RandomGenerator random,
                               ThreadPool& pool);

/// [N,R]: from the R channels of a field that compress_field() reduced by PCA back to the N of the plain one.
at::Tensor columns_between(const GaussianField& plain, const GaussianField& reduced);

nlohmann::ordered_json to_json(const CompressedField& compressed);

}  // namespace retort::field
