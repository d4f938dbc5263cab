// A vector for each class from a trained network, where no text tower is at hand.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "core/registries.h"
#include "data/data_options.h"

namespace retort::model {

struct PrototypeRequest {
  data::DataOptions data = {};  ///< its training set, changed as test pictures are
  std::string network, weights;
};

/// Mean of the pooled vectors, each of unit length, over the training pictures of each class: [K,D], what
/// load_prototypes() reads as `prototypes`. UserError when data or network are not as named, or a class has no picture.
at::Tensor class_prototypes(const Registries& registries, const PrototypeRequest& request);

}  // namespace retort::model
