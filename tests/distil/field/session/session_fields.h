// A small field with words, to be asked, selected from and edited.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "core/random.h"
#include "distil/field/session/opened_field.h"

namespace retort::tests {

/// Two balls of 40 splats each, 2 apart along x, 5 before the camera of session_camera_json(); the left one's features
/// point at "cat", the right one's at "dog".
inline field::OpenedField two_balls() {
  constexpr int64_t each = 40, count = 2 * each;
  auto random = RandomTree(7).generator();
  const auto numbers = [&](std::vector<int64_t> shape, double spread) {
    auto values = at::empty(shape, at::kFloat);
    for (int64_t i = 0; i < values.numel(); ++i) {
      values.data_ptr<float>()[i] = static_cast<float>(spread * random.normal());
    }
    return values;
  };
  field::OpenedField opened;
  opened.name = "balls";
  auto& splats = opened.field.splats;
  splats = {.means = numbers({count, 3}, 0.15),
            .sh = numbers({count, 16, 3}, 0.1),
            .opacity_logits = at::full({count}, 2.f),
            .log_scales = at::full({count, 3}, -2.5f),
            .quaternions = numbers({count, 4}, 1),
            .features = numbers({count, 4}, 0.05)};
  splats.means.select(1, 2).add_(5);
  splats.means.slice(0, 0, each).select(1, 0).sub_(1);
  splats.means.slice(0, each).select(1, 0).add_(1);
  splats.features.slice(0, 0, each).select(1, 0).add_(1);
  splats.features.slice(0, each).select(1, 1).add_(1);
  opened.field.sh_degree = 1;
  opened.vocabulary.emplace();
  opened.vocabulary->add("cat", at::tensor(std::vector<float>{1, 0, 0, 0}));
  opened.vocabulary->add("dog", at::tensor(std::vector<float>{0, 1, 0, 0}));
  return opened;
}

/// Sees both balls: the left one about pixel (44, 48), the right one about (84, 48).
inline std::string session_camera_json() {
  return R"({"width": 128, "height": 96, "fx": 100, "fy": 100, "cx": 64, "cy": 48,)"
         R"( "world_to_camera": [1,0,0,0, 0,1,0,0, 0,0,1,0, 0,0,0,1]})";
}

}  // namespace retort::tests
