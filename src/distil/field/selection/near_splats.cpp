#include "distil/field/selection/near_splats.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "distil/field/splat/cpu/splat_constants.h"

namespace retort::field {

namespace {
constexpr int64_t splats_a_task = 16384;
/// Beyond 3.33 deviations a splat's alpha is below the least that is blended (1 / 255); pixels of slack for rounding.
constexpr double disc_deviations = 3.4, rim = 2;
}  // namespace

std::vector<int64_t> splats_near(const splat::SplatArrays<float>& splats, const Camera& camera, double x, double y,
                                 double radius, ThreadPool& pool) {
  std::array<float, 12> m{};
  std::copy_n(camera.world_to_camera.begin(), m.size(), m.begin());
  // The Jacobian of the projection stretches by no more than focal / z * sqrt(1 + tan_x^2 + tan_y^2), tangents bounded.
  const double tan_x = splat::field_of_view_slack * camera.width / (2 * camera.fx);
  const double tan_y = splat::field_of_view_slack * camera.height / (2 * camera.fy);
  const auto focal = static_cast<float>(std::max(camera.fx, camera.fy) * std::sqrt(1 + tan_x * tan_x + tan_y * tan_y));
  const auto fx = static_cast<float>(camera.fx), fy = static_cast<float>(camera.fy);
  const auto at_x = static_cast<float>(x - camera.cx), at_y = static_cast<float>(y - camera.cy);
  const auto blur = static_cast<float>(disc_deviations * std::sqrt(splat::screen_blur) + rim + radius);
  const auto deviations = static_cast<float>(disc_deviations);
  std::vector<std::vector<int64_t>> found(static_cast<size_t>((splats.count + splats_a_task - 1) / splats_a_task));
  pool.run(static_cast<int64_t>(found.size()), [&](int64_t task) {
    const int64_t end = std::min(splats.count, (task + 1) * splats_a_task);
    for (int64_t splat = task * splats_a_task; splat < end; ++splat) {
      const float* p = splats.means + 3 * splat;
      const float z = m[8] * p[0] + m[9] * p[1] + m[10] * p[2] + m[11];
      if (!(z > 0)) continue;
      const float dx = fx * (m[0] * p[0] + m[1] * p[1] + m[2] * p[2] + m[3]) - at_x * z;
      const float dy = fy * (m[4] * p[0] + m[5] * p[1] + m[6] * p[2] + m[7]) - at_y * z;
      const float* log_scale = splats.log_scales + 3 * splat;
      const float scale = std::exp(std::max({log_scale[0], log_scale[1], log_scale[2]}));
      const float reach = deviations * focal * scale + blur * z;  // pixels times z
      if (dx * dx + dy * dy <= reach * reach) found[task].push_back(splat);
    }
  });
  std::vector<int64_t> result;
  for (const auto& part : found) result.insert(result.end(), part.begin(), part.end());
  return result;
}

}  // namespace retort::field
