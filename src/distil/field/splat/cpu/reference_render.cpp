#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/errors.h"
#include "distil/field/splat/cpu/reference.h"
#include "distil/field/splat/cpu/splat_constants.h"

namespace retort::splat::reference {

namespace {

/// Projection, colours, opacities and per-tile lists of one view.
template <class Real>
struct RenderedView {
  Projection<Real> projection;
  std::vector<Real> colours, opacities;
  std::array<Real, 3> centre;
  int tiles_x = 0;
  std::vector<std::vector<int32_t>> tiles;  ///< front to back
};

template <class Real>
bool splat_is_drawable(const RenderedView<Real>& view, int64_t i) {
  return std::isfinite(view.opacities[i]) &&
         std::isfinite(view.colours[3 * i] + view.colours[3 * i + 1] + view.colours[3 * i + 2]);
}

template <class Real>
RenderedView<Real> make_view(const SplatArrays<Real>& splats, const field::Camera& camera,
                             const RenderSettings& settings) {
  RenderedView<Real> view;
  view.projection = project(splats, camera, settings.scale_modifier);
  const field::Vector3 centre = camera.centre();
  view.centre = {Real(centre[0]), Real(centre[1]), Real(centre[2])};
  view.colours = sh_colours(splats, settings.sh_degree, view.centre);
  view.opacities.resize(splats.count);
  for (int64_t i = 0; i < splats.count; ++i) {
    view.opacities[i] = 1 / (1 + std::exp(-splats.opacity_logits[i]));
    if (!splat_is_drawable(view, i)) view.projection.radius[i] = 0;
  }
  std::vector<int32_t> order(splats.count);
  std::iota(order.begin(), order.end(), 0);
  // The reference sorts by the bits of the float depth; ties keep the order of the splats.
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return static_cast<float>(view.projection.depth[a]) < static_cast<float>(view.projection.depth[b]);
  });
  view.tiles_x = (camera.width + tile_size - 1) / tile_size;
  view.tiles.resize(static_cast<size_t>(view.tiles_x) * ((camera.height + tile_size - 1) / tile_size));
  for (const int32_t i : order) {
    if (view.projection.radius[i] == 0) continue;
    const int32_t* rect = &view.projection.tile_rect[4 * i];
    for (int y = rect[1]; y < rect[3]; ++y)
      for (int x = rect[0]; x < rect[2]; ++x) view.tiles[y * view.tiles_x + x].push_back(i);
  }
  return view;
}

template <class Real>
struct Contribution {
  int32_t splat;
  Real dx, dy, falloff, alpha, before;  ///< exp(power); capped alpha; T in front of this splat
};

/// Blends one pixel; returns the final T.
template <class Real>
Real walk_pixel(const RenderedView<Real>& view, int x, int y, std::vector<Contribution<Real>>& contributions) {
  contributions.clear();
  Real t = 1;
  for (const int32_t i : view.tiles[(y / tile_size) * view.tiles_x + x / tile_size]) {
    const Real dx = view.projection.mean2d[2 * i] - x, dy = view.projection.mean2d[2 * i + 1] - y;
    const Real* conic = &view.projection.conic[3 * i];
    const Real power = Real(-0.5) * (conic[0] * dx * dx + conic[2] * dy * dy) - conic[1] * dx * dy;
    if (!(power <= 0)) continue;
    const Real falloff = std::exp(power);
    const Real alpha = std::min(Real(most_alpha), view.opacities[i] * falloff);
    if (alpha < Real(least_alpha)) continue;
    const Real after = t * (1 - alpha);
    if (after < Real(least_transmittance)) break;
    contributions.push_back({i, dx, dy, falloff, alpha, t});
    t = after;
  }
  return t;
}

/// Gradients with respect to what projection and colouring yield, summed over pixels.
template <class Real>
struct ScreenGradients {
  std::vector<Real> mean2d, conic, depth, opacity, colour;
  explicit ScreenGradients(int64_t count)
      : mean2d(2 * count), conic(3 * count), depth(count), opacity(count), colour(3 * count) {}
};

/// What one channel contributes to a pixel's backward pass.
template <class Real>
struct PixelChannel {
  const Real* values;  ///< of splat i at values[i * stride]
  int64_t stride;
  Real gradient;  ///< of the rendered channel
  Real background;
  bool geometry;
  Real* value_gradients;  ///< laid out as values; may be null
};

template <class Real>
void channel_backward(const PixelChannel<Real>& channel, const std::vector<Contribution<Real>>& contributions,
                      Real final_t, std::vector<Real>& d_alpha) {
  Real behind = 0, last_alpha = 0, last_value = 0;
  for (size_t n = contributions.size(); n-- > 0;) {
    const auto& c = contributions[n];
    const Real value = channel.values[c.splat * channel.stride];
    if (channel.value_gradients) {
      channel.value_gradients[c.splat * channel.stride] += c.alpha * c.before * channel.gradient;
    }
    behind = last_alpha * last_value + (1 - last_alpha) * behind;
    last_alpha = c.alpha;
    last_value = value;
    if (!channel.geometry) continue;
    d_alpha[n] += c.before * (value - behind) * channel.gradient;
    d_alpha[n] -= final_t / (1 - c.alpha) * channel.background * channel.gradient;
  }
}

/// dL/dalpha of a pixel's contributions to the splats' screen gradients. The cap of alpha passes the gradient.
template <class Real>
void alpha_backward(const RenderedView<Real>& view, const std::vector<Contribution<Real>>& contributions,
                    const std::vector<Real>& d_alpha, ScreenGradients<Real>& screen) {
  for (size_t n = 0; n < contributions.size(); ++n) {
    const auto& c = contributions[n];
    const Real* conic = &view.projection.conic[3 * c.splat];
    const Real d_power = view.opacities[c.splat] * c.falloff * d_alpha[n];
    screen.opacity[c.splat] += c.falloff * d_alpha[n];
    screen.mean2d[2 * c.splat] -= d_power * (conic[0] * c.dx + conic[1] * c.dy);
    screen.mean2d[2 * c.splat + 1] -= d_power * (conic[2] * c.dy + conic[1] * c.dx);
    screen.conic[3 * c.splat] -= d_power * c.dx * c.dx / 2;
    screen.conic[3 * c.splat + 1] -= d_power * c.dx * c.dy;
    screen.conic[3 * c.splat + 2] -= d_power * c.dy * c.dy / 2;
  }
}

template <class Real>
void clear_gradients(const SplatArrays<Real>& splats, const SplatGradients<Real>& gradients,
                     std::span<const GroupBackward<Real>> groups) {
  const auto zero = [&](Real* values, int64_t width) {
    if (values) std::fill_n(values, splats.count * width, Real(0));
  };
  zero(gradients.means, 3);
  zero(gradients.quaternions, 4);
  zero(gradients.log_scales, 3);
  zero(gradients.opacity_logits, 1);
  zero(gradients.sh, 3 * int64_t{splats.coefficients});
  zero(gradients.screenspace_points, 2);
  if (gradients.world_to_camera) std::fill_n(gradients.world_to_camera, 12, 0.0);
  for (const auto& group : groups) zero(group.value_gradients, group.group.channels);
}

/// Chains the screen gradients to the raw parameters and the pose.
template <class Real>
void screen_backward(const SplatArrays<Real>& splats, const field::Camera& camera, const RenderSettings& settings,
                     const RenderedView<Real>& view, const ScreenGradients<Real>& screen,
                     const SplatGradients<Real>& gradients) {
  project_backward(splats, camera, settings.scale_modifier, view.projection,
                   {screen.mean2d.data(), screen.conic.data(), screen.depth.data()}, gradients);
  std::vector<Real> colours = view.colours;
  for (int64_t i = 0; i < splats.count; ++i) {
    const bool visible = view.projection.radius[i] > 0;
    for (int channel = 0; channel < 3 && !visible; ++channel) colours[3 * i + channel] = 0;
    if (!visible) continue;
    if (gradients.opacity_logits) {
      gradients.opacity_logits[i] = screen.opacity[i] * view.opacities[i] * (1 - view.opacities[i]);
    }
    if (gradients.screenspace_points) {
      gradients.screenspace_points[2 * i] = screen.mean2d[2 * i] * Real(0.5 * camera.width);
      gradients.screenspace_points[2 * i + 1] = screen.mean2d[2 * i + 1] * Real(0.5 * camera.height);
    }
  }
  double d_centre[3] = {};
  sh_colours_backward(splats, settings.sh_degree, view.centre, colours, screen.colour.data(), gradients, d_centre);
  if (!gradients.world_to_camera) return;
  // centre = -R^T t
  const auto& w2c = camera.world_to_camera;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      gradients.world_to_camera[4 * i + j] -= w2c[4 * i + 3] * d_centre[j];
      gradients.world_to_camera[4 * i + 3] -= w2c[4 * i + j] * d_centre[j];
    }
}

}  // namespace

template <class Real>
void render(const SplatArrays<Real>& splats, const field::Camera& camera, const RenderSettings& settings,
            const ImageMaps<Real>& image, std::span<const ChannelGroup<Real>> groups, std::span<Real* const> maps,
            std::vector<int32_t>* radii) {
  RT_CHECK(groups.size() == maps.size(), "{} groups, {} maps", groups.size(), maps.size());
  const RenderedView<Real> view = make_view(splats, camera, settings);
  const int64_t pixels = int64_t{camera.width} * camera.height;
  std::vector<Contribution<Real>> contributions;
  for (int64_t p = 0; p < pixels; ++p) {
    const Real t = walk_pixel(view, int(p % camera.width), int(p / camera.width), contributions);
    Real colour[3] = {}, depth = 0;
    for (const auto& c : contributions) {
      const Real weight = c.alpha * c.before;
      for (int channel = 0; channel < 3; ++channel) colour[channel] += weight * view.colours[3 * c.splat + channel];
      depth += weight * view.projection.depth[c.splat];
    }
    for (int channel = 0; channel < 3 && image.colour; ++channel) {
      image.colour[channel * pixels + p] = colour[channel] + t * Real(settings.background[channel]);
    }
    if (image.depth) image.depth[p] = depth;
    if (image.transmittance) image.transmittance[p] = t;
    for (size_t g = 0; g < groups.size(); ++g) {
      const int width = groups[g].channels;
      Real* out = maps[g] + p * width;
      for (int channel = 0; channel < width; ++channel) {
        out[channel] = groups[g].background ? t * groups[g].background[channel] : Real(0);
        for (const auto& c : contributions)
          out[channel] += c.alpha * c.before * groups[g].values[c.splat * width + channel];
      }
    }
  }
  if (radii) *radii = view.projection.radius;
}

template <class Real>
void render_backward(const SplatArrays<Real>& splats, const field::Camera& camera, const RenderSettings& settings,
                     const ImageGradients<Real>& image, std::span<const GroupBackward<Real>> groups,
                     const SplatGradients<Real>& gradients) {
  const RenderedView<Real> view = make_view(splats, camera, settings);
  clear_gradients(splats, gradients, groups);
  ScreenGradients<Real> screen(splats.count);
  const int64_t pixels = int64_t{camera.width} * camera.height;
  std::vector<Contribution<Real>> contributions;
  std::vector<Real> d_alpha;
  std::vector<PixelChannel<Real>> channels;
  const std::vector<Real> zeros(splats.count);
  for (int64_t p = 0; p < pixels; ++p) {
    const Real t = walk_pixel(view, int(p % camera.width), int(p / camera.width), contributions);
    channels.clear();
    for (int channel = 0; channel < 3 && image.colour; ++channel) {
      channels.push_back({view.colours.data() + channel, 3, image.colour[channel * pixels + p],
                          Real(settings.background[channel]), true, screen.colour.data() + channel});
    }
    if (image.depth) {
      channels.push_back({view.projection.depth.data(), 1, image.depth[p], 0, true, screen.depth.data()});
    }
    // T acts like a channel of value 0 before a background of 1.
    if (image.transmittance) channels.push_back({zeros.data(), 1, image.transmittance[p], 1, true, nullptr});
    for (const auto& group : groups) {
      const int width = group.group.channels;
      for (int channel = 0; channel < width; ++channel) {
        channels.push_back({group.group.values + channel, width, group.map_gradient[p * width + channel],
                            group.group.background ? group.group.background[channel] : Real(0),
                            group.gradient_to_geometry,
                            group.value_gradients ? group.value_gradients + channel : nullptr});
      }
    }
    d_alpha.assign(contributions.size(), Real(0));
    for (const auto& channel : channels) channel_backward(channel, contributions, t, d_alpha);
    alpha_backward(view, contributions, d_alpha, screen);
  }
  screen_backward(splats, camera, settings, view, screen, gradients);
}

template void render(const SplatArrays<float>&, const field::Camera&, const RenderSettings&, const ImageMaps<float>&,
                     std::span<const ChannelGroup<float>>, std::span<float* const>, std::vector<int32_t>*);
template void render_backward(const SplatArrays<float>&, const field::Camera&, const RenderSettings&,
                              const ImageGradients<float>&, std::span<const GroupBackward<float>>,
                              const SplatGradients<float>&);
template void render(const SplatArrays<double>&, const field::Camera&, const RenderSettings&, const ImageMaps<double>&,
                     std::span<const ChannelGroup<double>>, std::span<double* const>, std::vector<int32_t>*);
template void render_backward(const SplatArrays<double>&, const field::Camera&, const RenderSettings&,
                              const ImageGradients<double>&, std::span<const GroupBackward<double>>,
                              const SplatGradients<double>&);

}  // namespace retort::splat::reference
