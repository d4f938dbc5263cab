// Students that end in their teacher's classifier (KD3, SimKD).
#pragma once

#include <cstdint>
#include <memory>

#include "distil/model/engine/teacher.h"
#include "nn/network.h"
#include "nn/weights.h"

namespace retort::model {

struct SharedClassifierOptions {
  int64_t width = 64;  ///< what the teacher's classifier takes
  int64_t side = 0;    ///< larger maps are averaged down to side x side, the teacher's; 0: as they are
};

/// The trunk of `base` up to its last stage, KD3's transfer to the teacher's width (tap "transfer" [B,D,h,w]), the mean
/// over places ("pooled") and `classifier`, which share_classifier() fills. The base's own classifier is gone.
/// UserError when the base has no maps or is dense. Source: Tang et al. 2023, section 3.2; KDDD/models/util.py KDDD.
nn::Network with_shared_classifier(std::shared_ptr<const nn::Network> base, const SharedClassifierOptions& options);

/// Copies the teacher's classifier into the weights of such a student. UserError when the teacher has no weights of its
/// own or its classifier is of another width.
void share_classifier(const nn::Network& student, nn::Weights& weights, const Teacher& teacher);

}  // namespace retort::model
