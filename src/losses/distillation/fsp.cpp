#include "losses/distillation/fsp.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"

namespace retort::losses {

namespace {

using MapPair = std::pair<at::Tensor, at::Tensor>;

at::Tensor flow_matrix(const MapPair& maps) {
  const at::Tensor first = maps.first.flatten(2), second = maps.second.flatten(2);
  return at::bmm(first, second.transpose(1, 2)) / static_cast<double>(first.size(2));
}

MapPair maxima_at_smaller(const at::Tensor& first, const at::Tensor& second) {
  const int64_t height = std::min(first.size(2), second.size(2)), width = std::min(first.size(3), second.size(3));
  const auto reduced = [&](const at::Tensor& map) {
    if (map.size(2) == height && map.size(3) == width) return map;
    return std::get<0>(at::adaptive_max_pool2d(map, {height, width}));
  };
  return {reduced(first), reduced(second)};
}

/// Sum of `compare(student matrix, teacher matrix)` over consecutive maps.
at::Tensor sum_over_flows(const std::vector<at::Tensor>& students, const std::vector<at::Tensor>& teachers,
                          MapPair (*same_size)(const at::Tensor&, const at::Tensor&),
                          at::Tensor (*compare)(const at::Tensor&, const at::Tensor&)) {
  require_stages("fsp", students, "[B,C,H,W]", teachers, "[B,C,h,w]", 2);
  const auto flows = [&](const std::vector<at::Tensor>& maps) {
    std::vector<at::Tensor> matrices;
    for (size_t stage = 0; stage + 1 < maps.size(); ++stage) {
      matrices.push_back(flow_matrix(same_size(maps[stage], maps[stage + 1])));
    }
    return matrices;
  };
  return sum_over_stages(flows(students), flows(teachers),
                         [&](const auto& student, const auto& teacher, size_t) { return compare(student, teacher); });
}

at::Tensor column_lengths_of_difference(const at::Tensor& student, const at::Tensor& teacher) {
  return (student - teacher).norm(2, {1}).sum() / static_cast<double>(student.size(0));
}

}  // namespace

at::Tensor fsp_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features) {
  return sum_over_flows(student_features, teacher_features, averaged_to_smaller, mean_squared_difference);
}

at::Tensor fsp_column_norm_loss(const std::vector<at::Tensor>& student_features,
                                const std::vector<at::Tensor>& teacher_features) {
  return sum_over_flows(student_features, teacher_features, maxima_at_smaller, column_lengths_of_difference);
}

}  // namespace retort::losses

namespace retort {

void register_fsp(Registries& registries) {
  registries.parity.add("model.fsp.loss", losses::parity_of_stages(
                                              {.summary = "products of consecutive maps, squared difference",
                                               .source = "HobbitLong/RepDistiller @b84f547, distiller_zoo/FSP.py FSP",
                                               .loss = [](const auto&, const auto& students, const auto& teachers) {
                                                 return losses::fsp_loss(students, teachers);
                                               }}));
  registries.parity.add(
      "model.fsp.column_norm_loss",
      losses::parity_of_stages(
          {.summary = "products of consecutive maps, lengths of the columns of the difference",
           .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py FSPLoss",
           .loss = [](const auto&, const auto& students, const auto& teachers) {
             return losses::fsp_column_norm_loss(students, teachers);
           }}));
}

}  // namespace retort
