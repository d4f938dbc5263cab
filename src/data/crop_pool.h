// Which changes of its pictures an epoch shows, where it shows several of each.
#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"

namespace retort::data {

/// Which of the stored looks at each sample may be drawn.
struct CropPool {
  int64_t epochs = 0;              ///< stored looks at a sample
  std::vector<bool> may_be_drawn;  ///< sample * epochs + epoch; of a sample without any, all
};

struct CropDraw {
  int64_t crops = 1;                ///< of each sample in an epoch, > 0
  int64_t augmentation_epochs = 0;  ///< looks there are; 0: ever new ones
  const CropPool* pool = nullptr;   ///< its epochs >= augmentation_epochs > 0
};

/// The looks (epochs of augmentation) at `sample` in `epoch`, one for each crop: without replacement, in an order drawn
/// from a child of `random` for epoch and sample; where fewer may be drawn than there are crops, again from the first.
/// Ever new ones follow each other. Source: szq0214/FKD, FKD/utils_FKD.py ImageFolder_FKD_MIX.
std::vector<int64_t> drawn_crops(const CropDraw& draw, int64_t epoch, int64_t sample, const RandomTree& random);

}  // namespace retort::data
