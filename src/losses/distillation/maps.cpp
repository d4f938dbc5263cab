#include "losses/distillation/maps.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace retort::losses {

namespace {
constexpr double smallest_length = 1e-12;
}

at::Tensor unit_or_zero(const at::Tensor& vectors) {
  const at::Tensor lengths = vectors.norm(2, {-1}, true);
  const at::Tensor inverse = at::where(lengths.gt(smallest_length), lengths.clamp_min(smallest_length).reciprocal(),
                                       at::zeros({}, lengths.options()));
  return vectors * inverse;
}

at::Tensor averaged_to(const at::Tensor& map, int64_t height, int64_t width) {
  if (map.size(2) == height && map.size(3) == width) return map;
  return at::adaptive_avg_pool2d(map, {height, width});
}

std::pair<at::Tensor, at::Tensor> averaged_to_smaller(const at::Tensor& student, const at::Tensor& teacher) {
  const int64_t height = std::min(student.size(2), teacher.size(2)), width = std::min(student.size(3), teacher.size(3));
  return {averaged_to(student, height, width), averaged_to(teacher, height, width)};
}

at::Tensor sum_over_stages(
    const std::vector<at::Tensor>& students, const std::vector<at::Tensor>& teachers,
    const std::function<at::Tensor(const at::Tensor& student, const at::Tensor& teacher, size_t stage)>& loss) {
  at::Tensor sum = loss(students.at(0), teachers.at(0), 0);
  for (size_t stage = 1; stage < students.size(); ++stage) {
    sum = sum + loss(students[stage], teachers.at(stage), stage);
  }
  return sum;
}

at::Tensor mean_squared_difference(const at::Tensor& first, const at::Tensor& second) {
  return (first - second).square().mean();
}

}  // namespace retort::losses
