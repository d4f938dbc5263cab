#include "data/distribution_mixing.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/registries.h"
#include "io/array.h"
#include "run/parity.h"

namespace retort::data {

at::Tensor mix_distributions(const at::Tensor& images, const at::Tensor& mix, const at::Tensor& partner,
                             const DistributionMixingOptions& options) {
  if (images.dim() != 4 || images.size(2) * images.size(3) < 2 || mix.dim() != 1 || partner.dim() != 1 ||
      mix.size(0) != images.size(0) || partner.size(0) != images.size(0)) {
    user_error(
        "mix distributions: images {}, mix {}, partner {}; they should be [B,C,H,W] of at least two pixels, "
        "[B], [B]",
        io::shape_text(images.sizes().vec()), io::shape_text(mix.sizes().vec()), io::shape_text(partner.sizes().vec()));
  }
  const at::Tensor fixed = images.detach();
  const at::Tensor mean = fixed.mean({2, 3}, true);
  const at::Tensor deviation = (fixed.var({2, 3}, /*unbiased=*/true, /*keepdim=*/true) + options.eps).sqrt();
  const at::Tensor own = mix.view({-1, 1, 1, 1});
  const auto mixed = [&](const at::Tensor& statistic) {
    return own * statistic + (1 - own) * statistic.index_select(0, partner);
  };
  return (images - mean) / deviation * mixed(deviation) + mixed(mean);
}

}  // namespace retort::data

namespace retort {

void register_distribution_mixing(Registries& registries) {
  registries.parity.add("model.kd3.mix_distribution",
                        {.summary = "pictures that take on means and deviations of others",
                         .source = "tangjialiang97/KD3 @91e2d4c, KDDD/dataset/augmentation.py MixDistribution",
                         .inputs = {{"images", "[B,C,H,W]"}, {"mix", "[B]"}, {"permutation", "[B]", "i64"}},
                         .options = {"eps"},
                         .outputs = {{"value", "[B,C,H,W]"}},
                         .run = [](run::ParityCall& call) {
                           data::DistributionMixingOptions options;
                           options.eps = call.number("eps", options.eps);
                           call.output("value", data::mix_distributions(call.input("images"), call.input("mix"),
                                                                        call.input("permutation"), options));
                         }});
}

}  // namespace retort
