#include "data/crop_pool.h"

#include "core/errors.h"

namespace retort::data {

std::vector<int64_t> drawn_crops(const CropDraw& draw, int64_t epoch, int64_t sample, const RandomTree& random) {
  RT_CHECK(draw.crops > 0, "{} crops", draw.crops);
  std::vector<int64_t> crops;
  if (draw.augmentation_epochs == 0) {
    for (int64_t crop = 0; crop < draw.crops; ++crop) crops.push_back(epoch * draw.crops + crop);
    return crops;
  }
  auto generator = random.child(uint64_t(epoch)).child(uint64_t(sample)).generator();
  const auto order = generator.permutation(draw.augmentation_epochs);
  std::vector<int64_t> usable;
  if (draw.pool != nullptr) {
    const auto begin = size_t(sample * draw.pool->epochs);
    RT_CHECK(draw.augmentation_epochs <= draw.pool->epochs &&
                 begin + size_t(draw.pool->epochs) <= draw.pool->may_be_drawn.size(),
             "a pool of {} looks of {} stored ones; sample {}", draw.pool->epochs, draw.augmentation_epochs, sample);
    for (const int64_t look : order)
      if (draw.pool->may_be_drawn[begin + size_t(look)]) usable.push_back(look);
  }
  if (usable.empty()) usable = order;
  for (int64_t crop = 0; crop < draw.crops; ++crop) crops.push_back(usable[size_t(crop) % usable.size()]);
  return crops;
}

}  // namespace retort::data
