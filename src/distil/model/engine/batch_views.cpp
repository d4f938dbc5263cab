#include "distil/model/engine/batch_views.h"

#include <ATen/ATen.h>

#include "core/errors.h"

namespace retort::model {

BatchViews batch_views(const at::Tensor& image, const std::string& transform) {
  if (transform.empty()) return {.image = image};
  RT_CHECK(transform == "rotations4", "no transform of a batch is called '{}'", transform);
  if (image.size(2) != image.size(3))
    user_error(
        "rotations of a picture (loss.sskd) need squares; these are {}x{}: crop or resize them in data.transforms",
        image.size(2), image.size(3));
  constexpr int64_t rotations = 4;
  std::vector<at::Tensor> turned;
  for (int64_t quarters = 0; quarters < rotations; ++quarters) turned.push_back(at::rot90(image, quarters, {2, 3}));
  return {.image = at::stack(turned, 1).flatten(0, 1).contiguous(image.suggest_memory_format()), .views = rotations};
}

}  // namespace retort::model
