#include "data/top_per_class.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "core/errors.h"
#include "io/array.h"

namespace retort::data {

at::Tensor top_per_class(const at::Tensor& scores, int64_t count, ClassMembership membership) {
  if (scores.dim() != 2 || scores.size(1) < 1 || count < 0) {
    user_error("top per class: scores {}, {} samples a class; they should be [M,C], not fewer than 0",
               io::shape_text(scores.sizes().vec()), count);
  }
  if (scores.size(0) == 0) return at::empty({0}, scores.options().dtype(at::kLong));
  constexpr double never = -std::numeric_limits<double>::infinity();
  at::Tensor eligible = scores.detach();
  if (membership == ClassMembership::best) {
    const at::Tensor surest = scores.argmax(1, /*keepdim=*/true);
    eligible = at::full_like(eligible, never).scatter(1, surest, eligible.gather(1, surest));
  }
  const at::Tensor rows =
      at::argsort(eligible, /*stable=*/true, 0, /*descending=*/true).slice(0, 0, std::min(count, scores.size(0)));
  return std::get<0>(at::_unique(rows.masked_select(eligible.gather(0, rows).gt(never)), /*sorted=*/true));
}

}  // namespace retort::data
