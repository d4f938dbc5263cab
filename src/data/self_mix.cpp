#include "data/self_mix.h"

#include <ATen/ATen.h>

#include "core/errors.h"

namespace retort::data {

at::Tensor same_picture_partners(int64_t images, int64_t crops, RandomGenerator& random) {
  RT_CHECK(images >= 1 && crops >= 1, "{} crops of {} pictures", crops, images);
  at::Tensor partners = at::empty({crops * images}, at::kLong);
  auto* partner = partners.data_ptr<int64_t>();
  for (int64_t image = 0; image < images; ++image) {
    const auto order = random.permutation(crops);
    for (int64_t place = 0; place < crops; ++place) {
      partner[order[place] * images + image] = order[(place + 1) % crops] * images + image;
    }
  }
  return partners;
}

}  // namespace retort::data
