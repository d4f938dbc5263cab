// Small photos first: at which step of training each resolution begins, decided by the photos' own spectrum.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "distil/field/scene/image_cache.h"

namespace retort::field {

/// From step `first_step` on photos are trained at 1 / divisor of their size.
struct ResolutionLevel {
  double divisor = 1;
  int64_t first_step = 1;
};

/// Share of a picture's spectrum (sum of amplitudes over all frequencies and channels of rgb in [0,1]) that a copy made
/// smaller by each divisor can hold: frequencies below size / (2 divisor) along both axes. Not falling as divisors
/// fall.
std::vector<double> spectrum_shares(const io::Image& picture, const std::vector<double>& divisors);

/// Levels of falling divisor, the last of 1. In the spirit of DashGaussian (Chen et al., CVPR 2025; from the idea, not
/// their code): training spends on a resolution the share of `full_from` steps that its spectrum adds over the next
/// smaller one, mean over the pictures; the first is the smallest that holds a quarter, at most 8 times smaller.
std::vector<ResolutionLevel> plan_resolution(const std::vector<const io::Image*>& pictures, int64_t full_from);

/// The divisor at a step (counted from 1).
double divisor_at(const std::vector<ResolutionLevel>& levels, int64_t step);

/// Picture and mask made smaller by area means; a mask pixel counts when all it covers does.
ViewImage smaller_view(const ViewImage& image, int width, int height);

}  // namespace retort::field
