#include "distil/model/engine/logit_source.h"

#include <ATen/ATen.h>

namespace retort::model {

LogitSource logits_of(const nn::Network& network, const nn::Weights& weights) {
  return [&](const data::Batch& batch) {
    nn::GivenSource source(weights);
    return network.forward(nn::Scope(source), batch.image());
  };
}

LogitSource logits_of(Teacher& teacher) {
  return [&](const data::Batch& batch) {
    nn::Taps nothing({});
    return teacher.look({.batch = batch, .image = batch.image(), .learning = false}, nothing);
  };
}

}  // namespace retort::model
