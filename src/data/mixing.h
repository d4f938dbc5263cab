// Mixup and CutMix: pairs of samples of one batch made one.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/random.h"
#include "data/transforms/geometry.h"

namespace retort::data {

/// Row i is lambda of sample i and 1 - lambda of sample partner[i]. The loss is lambda L(target) + (1 - lambda)
/// L(partner_target), which equals that of soft_targets() for cross entropy.
struct MixedBatch {
  at::Tensor image = {};           ///< [B,C,H,W]
  at::Tensor target = {};          ///< [B] int64
  at::Tensor partner_target = {};  ///< [B] int64
  double lambda = 1;
  at::Tensor partner = {};  ///< [B] int64; undefined: nothing was mixed
};

/// Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018, equation 2: lambda x + (1 - lambda) x[partner].
at::Tensor mixup_images(const at::Tensor& image, const at::Tensor& partner, double lambda);

/// Yun et al., "CutMix", 2019, equation 1: x with the window taken from x[partner].
at::Tensor cutmix_images(const at::Tensor& image, const at::Tensor& partner, const Window& window);

/// The window of equation 2 around a given pixel: sides sqrt(1 - lambda) of the picture's (rounded down, half of them
/// rounded down to each side), cut at the border. As in szq0214/MEAL-V2, utils.py rand_bbox.
Window cutmix_window(int height, int width, double lambda, int middle_y, int middle_x);

/// The same, its centre uniform.
Window draw_cutmix_window(int height, int width, double lambda, RandomGenerator& random);

/// lambda one_hot(target) + (1 - lambda) one_hot(partner_target): [B,classes] float32.
at::Tensor soft_targets(const MixedBatch& mixed, int64_t classes);

/// Draws from Beta(alpha, beta), both > 0: two gamma variates by Marsaglia and Tsang, "A Simple Method for Generating
/// Gamma Variables", 2000.
double draw_beta(double alpha, double beta, RandomGenerator& random);

/// Recommended by the papers: mixup 0.2 for ImageNet and 1 for CIFAR, CutMix 1. 0 turns one off.
struct MixingOptions {
  double mixup_alpha = 0;
  double cutmix_alpha = 0;
  double switch_probability = 0.5;
  double probability = 1;
  bool same_picture = false;
};

inline void fields(OptionVisitor& v, MixingOptions& o) {
  v("mixup_alpha", o.mixup_alpha, "both parameters of mixup's Beta distribution; 0: no mixup", {.min = 0, .max = 1000});
  v("cutmix_alpha", o.cutmix_alpha, "both parameters of CutMix's Beta distribution; 0: no CutMix",
    {.min = 0, .max = 1000});
  v("switch_probability", o.switch_probability, "of CutMix where both are on", {.min = 0, .max = 1});
  v("probability", o.probability, "of mixing a batch at all", {.min = 0, .max = 1});
  v("same_picture", o.same_picture, "mix crops of one picture only (SelfMix); data.crops says how many there are");
}

inline bool is_on(const MixingOptions& o) { return o.mixup_alpha > 0 || o.cutmix_alpha > 0; }

/// Mixes a batch with a random order of itself; CutMix's lambda is the share that was really kept. `random` is usually
/// batch.random.child("mixing"). image [B,C,H,W], target [B]; `crops` as Batch::crops, for same_picture.
MixedBatch mix_batch(const at::Tensor& image, const at::Tensor& target, const MixingOptions& options,
                     const RandomTree& random, int64_t crops = 1);

}  // namespace retort::data
