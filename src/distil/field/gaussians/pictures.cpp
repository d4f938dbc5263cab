#include "distil/field/gaussians/pictures.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/errors.h"
#include "io/colour_map.h"
#include "metrics/pca.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {
constexpr double lowest_percentile = 0.01, highest_percentile = 0.99;
constexpr float least_coverage = 0.05f;  // below this a pixel's depth is noise
constexpr int64_t feature_pixel_stride = 3;

// [N] values at a share of the sorted order.
float percentile(const at::Tensor& values, double share) {
  const auto sorted = std::get<0>(values.flatten().sort());
  return sorted[static_cast<int64_t>(share * static_cast<double>(sorted.numel() - 1))].item<float>();
}

// [h,w,3] in [0,1] -> 8-bit RGB, rounded.
io::Image rgb_image(const at::Tensor& pixels) {
  const auto bytes = (pixels.clamp(0, 1) * 255 + 0.5).floor().to(at::kByte).contiguous();
  io::Image image = io::make_image(static_cast<int>(pixels.size(1)), static_cast<int>(pixels.size(0)), 3);
  std::copy_n(bytes.data_ptr<uint8_t>(), bytes.numel(), image.pixels.begin());
  return image;
}
}  // namespace

io::Image colour_picture(const at::Tensor& colour) { return rgb_image(colour.permute({1, 2, 0})); }

io::Image depth_picture(const at::Tensor& depth, const at::Tensor& transmittance) {
  const auto coverage = 1 - transmittance;
  const auto covered = coverage > least_coverage;
  const auto mean_depth = (depth / coverage.clamp_min(least_coverage)).contiguous();
  const int height = static_cast<int>(depth.size(0)), width = static_cast<int>(depth.size(1));
  if (!covered.any().item<bool>()) return io::make_image(width, height, 3);
  const auto nearness = -mean_depth;
  const auto seen = nearness.masked_select(covered);
  auto shown = nearness.clone();
  shown.masked_fill_(covered.logical_not(), std::numeric_limits<float>::quiet_NaN());
  return io::apply_colour_map({shown.data_ptr<float>(), static_cast<size_t>(shown.numel())}, width, height,
                              percentile(seen, lowest_percentile), percentile(seen, highest_percentile),
                              io::ColourMap::perceptual);
}

FeatureColours fit_feature_colours(const std::vector<at::Tensor>& maps) {
  RT_CHECK(!maps.empty(), "feature colours need at least one map");
  std::vector<at::Tensor> samples;
  for (const auto& map : maps) {
    const auto rows = map.reshape({-1, map.size(2)});
    samples.push_back(metrics::unit_vectors(rows.slice(0, 0, rows.size(0), feature_pixel_stride)));
  }
  const auto rows = at::cat(samples);
  const auto pca = metrics::fit_pca(rows, std::min<int64_t>(3, rows.size(1)));
  FeatureColours colours{.mean = pca.mean, .components = pca.components, .low = {}, .high = {}};
  const auto projected = at::mm(rows - colours.mean, colours.components.t());
  std::vector<float> low, high;
  for (int64_t axis = 0; axis < projected.size(1); ++axis) {
    low.push_back(percentile(projected.select(1, axis), lowest_percentile));
    high.push_back(percentile(projected.select(1, axis), highest_percentile));
  }
  colours.low = at::tensor(low);
  colours.high = at::tensor(high);
  return colours;
}

io::Image feature_picture(const at::Tensor& map, const FeatureColours& colours) {
  const auto rows = metrics::unit_vectors(map.reshape({-1, map.size(2)}));
  auto shown = (at::mm(rows - colours.mean, colours.components.t()) - colours.low) /
               (colours.high - colours.low).clamp_min(1e-8);
  if (shown.size(1) < 3) shown = shown.slice(1, 0, 1).expand({shown.size(0), 3});
  return rgb_image(shown.reshape({map.size(0), map.size(1), 3}));
}

io::Image relevancy_picture(const at::Tensor& relevancy, const at::Tensor& colour) {
  const auto values = relevancy.contiguous();
  const int height = static_cast<int>(values.size(0)), width = static_cast<int>(values.size(1));
  const auto heat = io::apply_colour_map({values.data_ptr<float>(), static_cast<size_t>(values.numel())}, width, height,
                                         0, 1, io::ColourMap::perceptual);
  auto picture = colour_picture(colour);
  RT_CHECK(picture.width == width && picture.height == height, "relevancy {}x{} on a picture of {}x{}", width, height,
           picture.width, picture.height);
  for (size_t byte = 0; byte < picture.pixels.size(); ++byte) {
    const float weight = 0.25f + 0.6f * std::clamp(values.data_ptr<float>()[byte / 3], 0.f, 1.f);
    picture.pixels[byte] =
        static_cast<uint8_t>((1 - weight) * 0.7f * picture.pixels[byte] + weight * heat.pixels[byte] + 0.5f);
  }
  return picture;
}

io::Image side_by_side(const std::vector<io::Image>& pictures, int gap) {
  RT_CHECK(!pictures.empty(), "no pictures to put side by side");
  const int height = pictures.front().height;
  std::vector<int> widths;
  int total = gap * (static_cast<int>(pictures.size()) - 1);
  for (const auto& picture : pictures) {
    widths.push_back(std::max(1, static_cast<int>(int64_t{picture.width} * height / picture.height)));
    total += widths.back();
  }
  auto strip = io::make_image(total, height, 3);
  std::fill(strip.pixels.begin(), strip.pixels.end(), uint8_t{255});
  int left = 0;
  for (size_t index = 0; index < pictures.size(); ++index) {
    const auto rgb = io::to_rgb(pictures[index]);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < widths[index]; ++x) {
        const auto* source = rgb.at(x * rgb.width / widths[index], y * rgb.height / height);
        std::copy_n(source, 3, strip.at(left + x, y));
      }
    }
    left += widths[index] + gap;
  }
  return strip;
}

io::Image enlarged(const io::Image& picture, int factor) {
  auto large = io::make_image(picture.width * factor, picture.height * factor, picture.channels);
  for (int y = 0; y < large.height; ++y) {
    for (int x = 0; x < large.width; ++x) {
      std::copy_n(picture.at(x / factor, y / factor), picture.channels, large.at(x, y));
    }
  }
  return large;
}

}  // namespace retort::field
