#include "data/transforms/policy_operations.h"

#include <cmath>

#include "core/errors.h"
#include "data/transforms/affine.h"
#include "data/transforms/colour.h"

namespace retort::data {

void apply_operation(PolicyOperation operation, int step, int bins, bool negative, Picture& picture) {
  RT_CHECK(bins >= 2 && step >= 0 && step < bins, "magnitude {} of {}", step, bins);
  const double share = double(step) / (bins - 1), sign = negative ? -1 : 1;
  const double shear = sign * 0.3 * share, factor = 1 + sign * 0.9 * share;
  // torchvision cuts shifts to whole pixels towards zero.
  const auto shift = [&](int side) { return int(sign * 150.0 / 331.0 * side * share); };
  switch (operation) {
    case PolicyOperation::identity:
      return;
    case PolicyOperation::shear_x:
      picture = warp_nearest(picture, shear_x_map(shear));
      return;
    case PolicyOperation::shear_y:
      picture = warp_nearest(picture, shear_y_map(shear));
      return;
    case PolicyOperation::translate_x:
      picture = warp_nearest(picture, translate_map(shift(picture.width), 0));
      return;
    case PolicyOperation::translate_y:
      picture = warp_nearest(picture, translate_map(0, shift(picture.height)));
      return;
    case PolicyOperation::rotate:
      picture = warp_nearest(picture, rotate_map(sign * 30 * share, picture.height, picture.width));
      return;
    case PolicyOperation::brightness:
      return adjust_brightness(picture, factor);
    case PolicyOperation::saturation:
      return adjust_saturation(picture, factor);
    case PolicyOperation::contrast:
      return adjust_contrast(picture, factor);
    case PolicyOperation::sharpness:
      return adjust_sharpness(picture, factor);
    case PolicyOperation::posterise:
      return posterise(picture, 8 - int(std::nearbyint(4 * share)));
    case PolicyOperation::solarise:
      return solarise(picture, int(std::ceil(255 * (1 - share))));
    case PolicyOperation::auto_contrast:
      return stretch_contrast(picture);
    case PolicyOperation::equalise:
      return equalise(picture);
    case PolicyOperation::invert:
      return invert(picture);
  }
}

}  // namespace retort::data
