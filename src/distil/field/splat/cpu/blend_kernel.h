// Blending of one tile and its backward pass.
#pragma once

#include "distil/field/splat/cpu/tile_walk_kernel.h"

namespace retort::splat {

template <class V>
struct BlendVisitor {
  TilePlane red, green, blue, depth;
  V splat_red, splat_green, splat_blue, splat_depth;

  BlendVisitor() {
    for (TilePlane* plane : {&red, &green, &blue, &depth})
      for (auto& group : plane->values) V(0.0f).store(group);
  }
  void begin(int64_t, const PackedSplat& s) {
    splat_red = V(s.red);
    splat_green = V(s.green);
    splat_blue = V(s.blue);
    splat_depth = V(s.depth);
  }
  void hit(const TileHit<V>& h) {
    const V weight = keep(h.contributes, h.before * h.alpha);
    add(red.values[h.group], weight, splat_red);
    add(green.values[h.group], weight, splat_green);
    add(blue.values[h.group], weight, splat_blue);
    add(depth.values[h.group], weight, splat_depth);
  }
  static void add(float* sum, V weight, V value) { fma(weight, value, V::load(sum)).store(sum); }
  void end(int64_t) {}
};

template <class V>
void blend_tile(const TileJob& job, const ImageMaps<float>& maps) {
  TileState<V> state(job);
  BlendVisitor<V> visitor;
  walk_tile(job, state, visitor);
  const int64_t pixels = static_cast<int64_t>(job.view->width) * job.view->height;
  TilePlane* colours[3] = {&visitor.red, &visitor.green, &visitor.blue};
  for (int channel = 0; channel < 3 && maps.colour != nullptr; ++channel) {
    const V background(job.view->background[channel]);
    for (int group = 0; group < group_count; ++group) {
      float* sum = colours[channel]->values[group];
      fma(V::load(state.transmittance.values[group]), background, V::load(sum)).store(sum);
    }
    store_plane<V>(job, *colours[channel], maps.colour + channel * pixels);
  }
  if (maps.depth != nullptr) store_plane<V>(job, visitor.depth, maps.depth);
  if (maps.transmittance != nullptr) store_plane<V>(job, state.transmittance, maps.transmittance);
}

/// Front to back: what is still to come behind a splat is the pixel's total minus what was passed, so no list of
/// contributors is kept. The total includes the background, whose share every splat in front of it attenuates.
template <class V>
struct BackwardVisitor {
  const BackwardTileJob& job;
  TilePlane d_red, d_green, d_blue, d_depth;
  TilePlane behind;  ///< sum of weight times value times gradient not yet passed
  int64_t passed_hits[group_count] = {};
  V splat_red, splat_green, splat_blue, splat_depth;
  V moment[6], colour[3], depth;

  explicit BackwardVisitor(const BackwardTileJob& backward) : job(backward) {
    const int64_t pixels = static_cast<int64_t>(job.tile.view->width) * job.tile.view->height;
    for (auto& group : behind.values) V(0.0f).store(group);
    TilePlane* gradients[3] = {&d_red, &d_green, &d_blue};
    for (int channel = 0; channel < 3; ++channel) {
      const bool given = job.incoming.colour != nullptr;
      add_total(given ? job.incoming.colour + channel * pixels : nullptr, job.rendered.colour + channel * pixels,
                *gradients[channel]);
    }
    add_total(job.incoming.depth, job.rendered.depth, d_depth);
    TilePlane d_transmittance;
    add_total(job.incoming.transmittance, job.rendered.transmittance, d_transmittance);
    for (int group = 0; group < group_count && job.extra_total != nullptr; ++group) {
      float* sum = behind.values[group];
      (V::load(sum) + V::load(job.extra_total + 16 * group)).store(sum);
    }
  }

  /// Loads a gradient map and adds gradient times rendered map to `behind`.
  void add_total(const float* gradient, const float* rendered, TilePlane& plane) {
    if (gradient == nullptr) {
      for (auto& group : plane.values) V(0.0f).store(group);
      return;
    }
    TilePlane value;
    load_plane<V>(job.tile, gradient, plane);
    load_plane<V>(job.tile, rendered, value);
    for (int group = 0; group < group_count; ++group) {
      float* sum = behind.values[group];
      fma(V::load(plane.values[group]), V::load(value.values[group]), V::load(sum)).store(sum);
    }
  }

  void begin(int64_t, const PackedSplat& s) {
    splat_red = V(s.red);
    splat_green = V(s.green);
    splat_blue = V(s.blue);
    splat_depth = V(s.depth);
    for (V& m : moment) m = V(0.0f);
    for (V& c : colour) c = V(0.0f);
    depth = V(0.0f);
  }

  void hit(const TileHit<V>& h) {
    const int g = h.group;
    const V red = V::load(d_red.values[g]), green = V::load(d_green.values[g]), blue = V::load(d_blue.values[g]);
    const V d = V::load(d_depth.values[g]);
    V value = fma(splat_red, red, fma(splat_green, green, fma(splat_blue, blue, splat_depth * d)));
    if (job.extra != nullptr) value = value + V::load(job.extra[g] + 16 * passed_hits[g]++);
    const V weight = keep(h.contributes, h.before * h.alpha);
    const V rest = negative_fma(weight, value, V::load(behind.values[g]));
    rest.store(behind.values[g]);
    const V d_alpha = negative_fma(rest, reciprocal(V(1.0f) - h.alpha), h.before * value);
    // The cap of alpha passes the gradient (backward.cu renderCUDA), hence the raw alpha.
    const V d_power = keep(h.contributes, h.raw_alpha * d_alpha);
    const V along_x = d_power * h.dx, along_y = d_power * h.dy;
    moment[0] = moment[0] + d_power;
    moment[1] = moment[1] + along_x;
    moment[2] = moment[2] + along_y;
    moment[3] = fma(along_x, h.dx, moment[3]);
    moment[4] = fma(along_x, h.dy, moment[4]);
    moment[5] = fma(along_y, h.dy, moment[5]);
    colour[0] = fma(weight, red, colour[0]);
    colour[1] = fma(weight, green, colour[1]);
    colour[2] = fma(weight, blue, colour[2]);
    depth = fma(weight, d, depth);
  }

  void end(int64_t n) {
    V rows[16];
    for (int i = 0; i < 6; ++i) rows[i] = moment[i];
    for (int i = 0; i < 3; ++i) rows[6 + i] = colour[i];
    rows[9] = depth;
    for (int i = 10; i < 16; ++i) rows[i] = V(0.0f);
    sums(rows).store(record(n));
  }

  float* record(int64_t n) const {
    return job.records + record_floats * static_cast<int64_t>(job.tile.entries[n].record);
  }
};

template <class V>
void backward_tile(const BackwardTileJob& job) {
  TileState<V> state(job.tile);
  BackwardVisitor<V> visitor(job);
  int64_t n = walk_tile(job.tile, state, visitor);
  for (; n < job.tile.count; ++n) V(0.0f).store(visitor.record(n));  // hidden behind closed pixels
}

/// Collects the weights of a tile as lists per group.
template <class V>
struct WeightVisitor {
  const TileJob& job;
  WeightTable& table;
  int64_t row = -1;  ///< of the current splat, -1 until it hits
  int64_t entry = 0;

  void begin(int64_t n, const PackedSplat&) {
    row = -1;
    entry = n;
  }
  void hit(const TileHit<V>& h) {
    if (row < 0) {
      row = table.row_count++;
      table.rows[row] = job.entries[entry].splat;
    }
    append(h.group, static_cast<uint32_t>(row), keep(h.contributes, h.before * h.alpha));
  }
  void end(int64_t) {}
  void append(int group, uint32_t hit_row, V weight) {
    const int64_t at = table.hit_count[group]++;
    table.hit_rows[group][at] = hit_row;
    weight.store(table.hit_weights[group] + 16 * at);
  }
};

template <class V>
void weights_tile(const TileJob& job, bool with_background, WeightTable& table) {
  TileState<V> state(job);
  WeightVisitor<V> visitor{job, table};
  table.row_count = 0;
  for (int64_t& count : table.hit_count) count = 0;
  walk_tile(job, state, visitor);
  if (!with_background) return;
  const auto row = static_cast<uint32_t>(table.row_count++);
  table.rows[row] = background_row;
  for (int group = 0; group < group_count; ++group) {
    visitor.append(group, row, V::load(state.transmittance.values[group]));
  }
}

}  // namespace retort::splat
