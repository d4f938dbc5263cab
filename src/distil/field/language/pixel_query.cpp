#include "distil/field/language/pixel_query.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {
constexpr double golden_ratio = 0.6180339887498949;

/// Hues a golden section apart; every second ring darker.
std::array<uint8_t, 3> label_colour(int64_t label) {
  if (label < 0) return {0, 0, 0};
  const double hue = std::fmod(0.08 + static_cast<double>(label) * golden_ratio, 1.0);
  const double value = label % 2 == 0 ? 0.92 : 0.7, saturation = label % 3 == 2 ? 0.45 : 0.75;
  std::array<uint8_t, 3> colour = {};
  for (int channel = 0; channel < 3; ++channel) {
    const double place = std::fmod(hue * 6 + std::array{5.0, 3.0, 1.0}[channel], 6.0);
    const double share = std::clamp(std::min(place, 4 - place), 0.0, 1.0);
    colour[channel] = static_cast<uint8_t>(std::lround(255 * value * (1 - saturation * share)));
  }
  return colour;
}
}  // namespace

at::Tensor pixel_direction(const at::Tensor& feature_map, const at::Tensor& region) {
  RT_CHECK(feature_map.dim() == 3 && region.dim() == 2 && feature_map.size(0) == region.size(0) &&
               feature_map.size(1) == region.size(1),
           "pixel direction: map and region are of different sizes");
  const auto rows =
      feature_map.reshape({-1, feature_map.size(2)}).index_select(0, region.reshape({-1}).nonzero().squeeze(1));
  const auto mean = metrics::unit_vectors(rows).sum(0);
  if (rows.size(0) == 0 || mean.norm().item<double>() == 0) {
    user_error("the example pixels show nothing of the field; name a region that it covers");
  }
  return metrics::unit_vectors(mean);
}

at::Tensor label_map(FieldRenderer& renderer, const Camera& camera, const at::Tensor& directions) {
  renderer.look(camera);
  const auto map = renderer.feature_map();
  return nearest_direction(map, directions).masked_fill(map.norm(2, {2}).eq(0), no_label);
}

io::Image label_picture(const at::Tensor& labels) {
  RT_CHECK(labels.dim() == 2 && labels.scalar_type() == at::kLong, "label picture: labels are [H,W] int64");
  auto picture = io::make_image(static_cast<int>(labels.size(1)), static_cast<int>(labels.size(0)), 3);
  const auto whole = labels.contiguous();
  const int64_t* label = whole.data_ptr<int64_t>();
  for (int64_t pixel = 0; pixel < whole.numel(); ++pixel) {
    const auto colour = label_colour(label[pixel]);
    std::copy(colour.begin(), colour.end(), picture.pixels.begin() + 3 * pixel);
  }
  return picture;
}

nlohmann::ordered_json label_legend(const at::Tensor& labels, const std::vector<std::string>& names) {
  const auto whole = labels.contiguous();
  std::vector<int64_t> pixels(names.size(), 0);
  int64_t unlabelled = 0;
  for (int64_t pixel = 0; pixel < whole.numel(); ++pixel) {
    const int64_t label = whole.data_ptr<int64_t>()[pixel];
    if (label < 0) {
      ++unlabelled;
    } else {
      ++pixels.at(static_cast<size_t>(label));
    }
  }
  std::vector<size_t> order;
  for (size_t label = 0; label < names.size(); ++label) {
    if (pixels[label] > 0) order.push_back(label);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return pixels[a] > pixels[b]; });
  auto legend = nlohmann::ordered_json::array();
  for (const size_t label : order) {
    legend.push_back({{"label", label},
                      {"name", names[label]},
                      {"colour", label_colour(static_cast<int64_t>(label))},
                      {"pixels", pixels[label]}});
  }
  return {{"labels", legend}, {"unlabelled_pixels", unlabelled}};
}

}  // namespace retort::field
