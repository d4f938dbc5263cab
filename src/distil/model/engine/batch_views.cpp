#include "distil/model/engine/batch_views.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "data/distribution_mixing.h"
#include "data/mixing.h"

namespace retort::model {

namespace {
constexpr double distribution_share = 0.1;  // both parameters of KD3's beta distribution

BatchViews with_mixed_distributions(const at::Tensor& image, const RandomTree& random) {
  auto generator = random.generator();
  std::vector<float> shares;
  for (int64_t i = 0; i < image.size(0); ++i)
    shares.push_back(static_cast<float>(data::draw_beta(distribution_share, distribution_share, generator)));
  const auto partner = at::tensor(generator.permutation(image.size(0)), at::kLong);
  const auto mixed = data::mix_distributions(image, at::tensor(shares), partner);
  return {.image = at::stack({image, mixed}, 1).flatten(0, 1).contiguous(image.suggest_memory_format()), .views = 2};
}
}  // namespace

BatchViews batch_views(const at::Tensor& image, const std::string& transform, const RandomTree& random) {
  if (transform.empty()) return {.image = image};
  if (transform == "mixed_distributions") return with_mixed_distributions(image, random);
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
