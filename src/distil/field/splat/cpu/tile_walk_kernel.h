// The walk that every per-tile phase shares: front to back over a tile's list, group by group, with the reference's
// rules for skipping and stopping (forward.cu renderCUDA).
#pragma once

#include "distil/field/splat/cpu/kernel_math.h"

namespace retort::splat {

/// Coordinates of each group's sixteen pixels inside the tile.
struct GroupCoordinates {
  alignas(64) float x[group_count][16] = {}, y[group_count][16] = {};
  alignas(64) float left[group_count] = {}, top[group_count] = {};
  constexpr GroupCoordinates() {
    for (int group = 0; group < group_count; ++group) {
      left[group] = static_cast<float>(group % 4 * group_side);
      top[group] = static_cast<float>(group / 4 * group_side);
      for (int lane = 0; lane < 16; ++lane) {
        x[group][lane] = left[group] + static_cast<float>(lane % 4);
        y[group][lane] = top[group] + static_cast<float>(lane / 4);
      }
    }
  }
};
inline constexpr GroupCoordinates group_coordinates;

/// A plane of the tile in group order.
struct TilePlane {
  alignas(64) float values[group_count][16];
};

/// Reads a tile out of a [H,W] map; 0 outside the image.
template <class V>
inline void load_plane(const TileJob& job, const float* map, TilePlane& plane) {
  const int width = job.view->width, height = job.view->height;
  for (int group = 0; group < group_count; ++group) {
    for (int row = 0; row < group_side; ++row) {
      const int y = job.tile_y * tile_size + group / 4 * group_side + row;
      const int x = job.tile_x * tile_size + group % 4 * group_side;
      for (int column = 0; column < group_side; ++column) {
        const bool inside = y < height && x + column < width;
        plane.values[group][4 * row + column] = inside ? map[static_cast<int64_t>(y) * width + x + column] : 0.0f;
      }
    }
  }
}

/// Writes the pixels inside the image.
template <class V>
inline void store_plane(const TileJob& job, const TilePlane& plane, float* map) {
  const int width = job.view->width, height = job.view->height;
  for (int group = 0; group < group_count; ++group) {
    for (int row = 0; row < group_side; ++row) {
      const int y = job.tile_y * tile_size + group / 4 * group_side + row;
      const int x = job.tile_x * tile_size + group % 4 * group_side;
      const int columns = y < height ? (width - x < group_side ? width - x : group_side) : 0;
      for (int column = 0; column < columns; ++column) {
        map[static_cast<int64_t>(y) * width + x + column] = plane.values[group][4 * row + column];
      }
    }
  }
}

/// One splat at one group.
template <class V>
struct TileHit {
  int group;
  V dx, dy;         ///< pixel - mean
  V raw_alpha;      ///< opacity times falloff, not capped
  V alpha;          ///< capped
  V before, after;  ///< T in front of and behind the splat, where it contributes
  typename V::Mask contributes;
};

/// Transmittances and which pixels are still open.
template <class V>
struct TileState {
  TilePlane transmittance;
  alignas(64) unsigned char open[group_count][64];
  uint32_t open_groups = 0;

  explicit TileState(const TileJob& job) {
    const float right = static_cast<float>(job.view->width - job.tile_x * tile_size);
    const float bottom = static_cast<float>(job.view->height - job.tile_y * tile_size);
    for (int group = 0; group < group_count; ++group) {
      const auto inside =
          (V::load(group_coordinates.x[group]) < V(right)) & (V::load(group_coordinates.y[group]) < V(bottom));
      inside.store(open[group]);
      V(1.0f).store(transmittance.values[group]);
      if (any(inside)) open_groups |= 1u << group;
    }
  }
};

/// Bit g is set when the splat may reach alpha 1/255 at a pixel of group g: the largest power over the group's box lies
/// at the box's nearest x edge with its best y, or at its nearest y edge with its best x.
template <class V>
inline uint32_t reached_groups(const PackedSplat& s, float x, float y) {
  const V none(0.0f), side(group_side - 1.0f), a(s.a), b(s.b), c(s.c);
  const V left = V::load(group_coordinates.left) - V(x), top = V::load(group_coordinates.top) - V(y);
  const V right = left + side, bottom = top + side;
  const V near_x = max(left, min(right, none)), near_y = max(top, min(bottom, none));
  const V best_y = max(top, min(bottom, V(s.best_y) * near_x)), best_x = max(left, min(right, V(s.best_x) * near_y));
  const V power_x = near_x * fma(a, near_x, b * best_y) + c * best_y * best_y;
  const V power_y = best_x * fma(a, best_x, b * near_y) + c * near_y * near_y;
  return to_bits(max(power_x, power_y) >= V(s.threshold));
}

/// Calls visitor.begin(n, splat), visitor.hit(TileHit) for each group where a pixel is blended, and visitor.end(n), for
/// each list entry n until all pixels are closed. Returns the number of entries visited.
template <class V, class Visitor>
inline int64_t walk_tile(const TileJob& job, TileState<V>& state, Visitor& visitor) {
  const float tile_left = static_cast<float>(job.tile_x * tile_size),
              tile_top = static_cast<float>(job.tile_y * tile_size);
  const V none(0.0f), one(1.0f), cap(static_cast<float>(most_alpha)), floor(static_cast<float>(least_alpha));
  const V stop(static_cast<float>(least_transmittance));
  constexpr int64_t ahead = 8;
  int64_t n = 0;
  for (; n < job.count && state.open_groups != 0; ++n) {
    if (n + ahead < job.count) V::prefetch(&job.packed[job.entries[n + ahead].splat].x);
    const PackedSplat& s = job.packed[job.entries[n].splat];
    const float x = s.x - tile_left, y = s.y - tile_top;
    uint32_t groups = reached_groups<V>(s, x, y) & state.open_groups;
    visitor.begin(n, s);
    const V a(s.a), b(s.b), c(s.c), opacity(s.opacity), middle_x(x), middle_y(y);
    for (; groups != 0; groups &= groups - 1) {
      TileHit<V> hit;
      hit.group = __builtin_ctz(groups);
      hit.dx = V::load(group_coordinates.x[hit.group]) - middle_x;
      hit.dy = V::load(group_coordinates.y[hit.group]) - middle_y;
      const V power = fma(hit.dx, fma(a, hit.dx, b * hit.dy), c * hit.dy * hit.dy);
      hit.raw_alpha = opacity * exp2(power);
      hit.alpha = min(hit.raw_alpha, cap);
      const auto open = V::Mask::load(state.open[hit.group]);
      const auto blends = open & (power <= none) & (hit.alpha >= floor);
      float* transmittance = state.transmittance.values[hit.group];
      hit.before = V::load(transmittance);
      hit.after = hit.before * (one - hit.alpha);
      const auto closes = blends & (hit.after < stop);
      hit.contributes = and_not(blends, closes);
      select(hit.contributes, hit.after, hit.before).store(transmittance);
      if (any(closes)) {
        const auto left = and_not(open, closes);
        left.store(state.open[hit.group]);
        if (!any(left)) state.open_groups &= ~(1u << hit.group);
      }
      if (any(hit.contributes)) visitor.hit(hit);
    }
    visitor.end(n);
  }
  return n;
}

}  // namespace retort::splat
