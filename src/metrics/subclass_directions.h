// Directions in which a teacher's embeddings differ within a class (LELP; Loo et al. 2024).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/random.h"

namespace retort::metrics {

struct SubclassDirectionOptions {
  int64_t subclasses = 5;  ///< S, directions a class; in [1, D]
  bool null_space = true;  ///< first takes out what the logits already tell
};

struct SubclassDirections {
  at::Tensor projection;  ///< [D,D]: what is left of an embedding, symmetric; the identity without null_space
  at::Tensor means;       ///< [C,D] of the projected embeddings of each class
  at::Tensor directions;  ///< [C,S,D] orthonormal rows, by falling variance
  at::Tensor scale;       ///< [C], root of the mean variance along them
};

/// Principal directions of the projected embeddings [N,D] of each class, labels int64 [N] in [0, C), from the teacher's
/// classifier [C,D]. The projection is onto the complement of the classifier's rows after their mean is taken off,
/// since a softmax sees differences alone. Covariances are over n. A class without samples has a mean, directions and a
/// scale of zero; one of fewer than S + 1 samples has directions without variance. float32. UserError when shapes don't
/// fit. Derived from the paper, section 3.
SubclassDirections subclass_directions(const at::Tensor& embeddings, const at::Tensor& labels,
                                       const at::Tensor& classifier_weight,
                                       const SubclassDirectionOptions& options = {});

/// Random orthonormal directions instead, to compare with: `found` with S others for each class of samples, and the
/// root of the mean variance along them. Embeddings and labels as those that `found` comes from.
SubclassDirections random_directions(const SubclassDirections& found, const at::Tensor& embeddings,
                                     const at::Tensor& labels, RandomGenerator& random);

/// A random rotation of each class's directions, so that all have the same variance in expectation: [C,S,D] -> [C,S,D].
/// Orthonormal factors of Gaussian matrices with the sign fixed (uniform over rotations and reflections).
at::Tensor rotated_directions(const at::Tensor& directions, RandomGenerator& random);

/// <u_cs, P h - mean_c>: embeddings [B,D] -> [B,C,S].
at::Tensor subclass_scores(const at::Tensor& embeddings, const SubclassDirections& directions);

}  // namespace retort::metrics
