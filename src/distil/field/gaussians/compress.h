// Fields with fewer bytes for their features.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "core/random.h"
#include "core/thread_pool.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "metrics/vector_codes.h"

namespace retort::field {

/// One of the three is above 0.
struct CompressOptions {
  int64_t codebook = 0;  ///< entries of a vector quantisation
  int64_t sparse_terms = 0, sparse_entries = 0;
  int64_t pca = 0;  ///< channels to keep
};

struct CompressedField {
  GaussianField field;
  metrics::CodingError error;                 ///< of the decoded features of splats
  int64_t bytes_before = 0, bytes_after = 0;  ///< that the features take in a file
};

/// Codes the features, or reduces them by the leading directions about zero (products with queries survive). A field
/// that is coded already is expanded first. UserError without features, or when PCA meets a decoder (train with fewer
/// channels instead) or is asked for more channels than there are.
CompressedField compress_field(const GaussianField& field, const CompressOptions& options, RandomGenerator random,
                               ThreadPool& pool);

nlohmann::ordered_json to_json(const CompressedField& compressed);

}  // namespace retort::field
