// Which crops of one picture are mixed with each other (FerKD's SelfMix).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/random.h"

namespace retort::data {

/// For a batch of `crops` crops of each of `images` pictures, crop by crop (row = crop * images + picture): for every
/// row another crop of the same picture, each chosen once: int64 [crops * images], for cutmix_images() and
/// mixed_labels(). A single crop is its own partner. Derived from Shen, FerKD, ICCV 2023; that partners form a cycle is
/// ours.
at::Tensor same_picture_partners(int64_t images, int64_t crops, RandomGenerator& random);

}  // namespace retort::data
