// A field asked for a word or a vector: where it is relevant, and which splats it selects.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/language/relevancy.h"
#include "distil/field/teachers/vocabulary.h"

namespace retort::field {

/// Directions in the space of decode_features(): the one asked for first, then what it is held against.
struct Query {
  std::vector<std::string> names;
  at::Tensor directions;  ///< [K,C]
};

/// `asked` is a name of the vocabulary or a file with one vector. `against`: names it is held against; empty: all other
/// words of the vocabulary; "none" alone: nothing, so that a threshold is one on the cosine. UserError for unknown
/// names (with the nearest), or a name without a vocabulary.
Query make_query(const GaussianField& field, const std::optional<Vocabulary>& vocabulary, const std::string& asked,
                 const std::vector<std::string>& against);

/// The same for a direction [C] that is there already, of the space of decode_features(): the example pixels of
/// pixel_direction(), say. `name` is only what it is called.
Query make_query(const at::Tensor& direction, const std::string& name, const GaussianField& field,
                 const std::optional<Vocabulary>& vocabulary, const std::vector<std::string>& against);

/// All words of a vocabulary, for label maps.
Query make_label_set(const GaussianField& field, const Vocabulary& vocabulary);

/// Decoded feature of each splat, [P,C]. UserError when the field has none.
at::Tensor splat_features(const GaussianField& field);

/// Cosine of each splat's decoded feature with each direction [K,C] -> [P,K]; 0 for features of length 0. Coded
/// features are not expanded: the codebook is multiplied, then gathered. UserError when the field has none.
at::Tensor splat_cosines(const GaussianField& field, const at::Tensor& directions);

/// The same with the pool, the features (or their codes) read once.
at::Tensor splat_cosines(const GaussianField& field, const at::Tensor& directions, ThreadPool& pool,
                         Isa isa = Isa::automatic);

/// What is made of each splat's cosines, [P] float32: relevancy_of_cosines() in one pass over the features; of coded
/// features only the codebook is asked, and the answers are gathered (one entry a splat) or summed (sparse codes).
/// UserError when the field has no features, or the form has nothing to compare with.
at::Tensor splat_relevancy(const GaussianField& field, const at::Tensor& directions, const Relevancy& relevancy,
                           ThreadPool& pool, Isa isa = Isa::automatic);

/// Products with directions that can be rendered in place of features: K channels instead of N.
struct SplatScores {
  at::Tensor values;   ///< [P,K] float32, one number a splat and direction
  at::Tensor offsets;  ///< [K], to add to each pixel once they are rendered: what the decoder's bias contributes
};

/// Rendering `values` and adding `offsets` gives the product of each pixel's rendered, decoded feature with each
/// direction [K,C], for rendering, resizing and decoding are linear. A cosine is not: it divides by the length of the
/// pixel's feature, which these numbers do not know. Coded features are not expanded. UserError when the field has
/// none.
SplatScores splat_scores(const GaussianField& field, const at::Tensor& directions);

}  // namespace retort::field
