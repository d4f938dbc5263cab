// Products of weights with channels: out[pixel, c] = sum over hits of weight[hit, pixel] * value[row(hit), c], the loss
// on it, and dvalue = weight^T dout. Sixteen channels at a time, so that pixels times channels stay in registers.
#pragma once

#include "distil/field/splat/cpu/kernel_math.h"

namespace retort::splat {

inline constexpr int lines_ahead = 24;  ///< of prefetches, each sixteen floats

/// Which sixteen channels; the last block may be narrower.
struct ChannelBlock {
  int begin, width;
};

template <class V>
inline V load_block(const float* from, ChannelBlock block) {
  return block.width == 16 ? V::load(from + block.begin) : V::load_partial(from + block.begin, block.width);
}

/// Channels whose rows are gathered and scattered together: whole runs of cache lines are kinder to memory than single
/// lines of many rows.
struct RowPanel {
  int begin, width, stride;  ///< stride: floats per row of the scratch
};

inline RowPanel panel_at(const ProductJob& job, int begin) {
  const int width = job.channels - begin < panel_channels ? job.channels - begin : panel_channels;
  return {begin, width, panel_stride(job.channels)};
}

/// Copies the panel's columns of all rows together; lines are asked for some rows ahead.
template <class V>
inline void gather_rows(const ProductJob& job, RowPanel panel) {
  const auto row_of = [&](int64_t i) -> const float* {
    if (job.rows[i] != background_row) return job.values + static_cast<int64_t>(job.rows[i]) * job.channels;
    return job.background;
  };
  const int rows_ahead = 16 * lines_ahead / panel.stride;
  float* to = job.value_scratch;
  for (int64_t i = 0; i < job.row_count; ++i, to += panel.stride) {
    const float* ahead = i + rows_ahead < job.row_count ? row_of(i + rows_ahead) : nullptr;
    const float* row = row_of(i);
    for (int c = 0; c < panel.width; c += 16) {
      if (ahead != nullptr) V::prefetch(ahead + panel.begin + c);
      // A group without background may meet a table that has one.
      const ChannelBlock block{panel.begin + c, panel.width - c < 16 ? panel.width - c : 16};
      (row == nullptr ? V(0.0f) : load_block<V>(row, block)).store(to + c);
    }
  }
}

/// Adds the panel's row gradients to where they belong.
template <class V>
inline void scatter_rows(const ProductJob& job, RowPanel panel) {
  const int rows_ahead = 16 * lines_ahead / panel.stride;
  const float* from = job.gradient_scratch;
  for (int64_t i = 0; i < job.row_count; ++i, from += panel.stride) {
    const float* ahead = i + rows_ahead < job.row_count ? job.gradient_rows[i + rows_ahead] : nullptr;
    if (job.gradient_rows[i] == nullptr) continue;
    for (int c = 0; c < panel.width; c += 16) {
      if (ahead != nullptr) V::prefetch(ahead + panel.begin + c);
      float* to = job.gradient_rows[i] + panel.begin + c;
      const V sum = V::load(from + c);
      const int width = panel.width - c;
      if (width >= 16) {
        (job.fresh[i] ? sum : V::load(to) + sum).store(to);
      } else {
        (job.fresh[i] ? sum : V::load_partial(to, width) + sum).store_partial(to, width);
      }
    }
  }
}

/// Forward product of `pixels` places of a group, starting at `first`.
template <class V, int pixels>
inline void multiply(const OutputGroup& group, int first, const float* values, int stride, V* out) {
  for (int p = 0; p < pixels; ++p) out[p] = V(0.0f);
  const float* weights = group.weights + first;
  for (int64_t hit = 0; hit < group.hits; ++hit, weights += 16) {
    const V row = V::load(values + stride * static_cast<int64_t>(group.rows[hit]));
#pragma GCC unroll 16
    for (int p = 0; p < pixels; ++p) out[p] = fma(row, V(weights[p]), out[p]);
  }
}

/// Backward product: adds weight^T dout to the rows' gradients.
template <class V, int pixels>
inline void multiply_transposed(const OutputGroup& group, int first, float* gradients, int stride, const V* d_out) {
  const float* weights = group.weights + first;
  for (int64_t hit = 0; hit < group.hits; ++hit, weights += 16) {
    float* row = gradients + stride * static_cast<int64_t>(group.rows[hit]);
    // Two partial sums halve the chain of dependent additions.
    V even = fma(d_out[0], V(weights[0]), V::load(row)), odd = d_out[1] * V(weights[1]);
#pragma GCC unroll 16
    for (int p = 2; p < pixels; p += 2) {
      even = fma(d_out[p], V(weights[p]), even);
      odd = fma(d_out[p + 1], V(weights[p + 1]), odd);
    }
    (even + odd).store(row);
  }
}

template <class V>
inline V load_target(const ProductJob& job, int64_t place, ChannelBlock block) {
  const int64_t at = place * job.channels + block.begin;
  if (!job.target_half) return load_block<V>(static_cast<const float*>(job.target) + at, {0, block.width});
  const uint16_t* from = static_cast<const uint16_t*>(job.target) + at;
  return block.width == 16 ? V::load_half(from) : V::load_half_partial(from, block.width);
}

/// Turns the rendered values of some places into the gradient of scale * |F - target| and adds |F - target| to `loss`.
template <class V, int pixels>
inline void l1_places(const ProductJob& job, const OutputGroup& group, int first, ChannelBlock block, V* out, V& loss) {
  const V scale(job.gradient_scale), none(0.0f);
#pragma GCC unroll 16
  for (int p = 0; p < pixels; ++p) {
    const int64_t place = group.place[first + p];
    if (place < 0) {
      out[p] = none;
      continue;
    }
    const V difference = out[p] - load_target<V>(job, place, block);
    loss = loss + abs(difference);
    out[p] = keep(difference > none, scale) - keep(difference < none, scale);
  }
}

template <class V, int pixels>
inline void product_places(const ProductJob& job, const OutputGroup& group, int first, RowPanel panel,
                           ChannelBlock block, V& loss) {
  V out[pixels];
  const int column = block.begin - panel.begin;
  if (job.mode != ProductMode::backward)
    multiply<V, pixels>(group, first, job.value_scratch + column, panel.stride, out);
  if (job.mode == ProductMode::render) {
    for (int p = 0; p < pixels; ++p) {
      if (group.place[first + p] < 0) continue;
      float* to = job.map + group.place[first + p] * job.channels + block.begin;
      block.width == 16 ? out[p].store(to) : out[p].store_partial(to, block.width);
    }
    return;
  }
  if (job.mode == ProductMode::distil) {
    l1_places<V, pixels>(job, group, first, block, out, loss);
  } else {
    for (int p = 0; p < pixels; ++p) {
      const int64_t place = group.place[first + p];
      out[p] = place < 0 ? V(0.0f) : load_block<V>(job.map_gradient + place * job.channels, block);
    }
  }
  multiply_transposed<V, pixels>(group, first, job.gradient_scratch + column, panel.stride, out);
}

template <class V>
double product(const ProductJob& job) {
  double total = 0;
  const bool renders = job.mode == ProductMode::render;
  for (int begin = 0; begin < job.channels; begin += panel_channels) {
    const RowPanel panel = panel_at(job, begin);
    if (job.mode != ProductMode::backward) gather_rows<V>(job, panel);
    for (int64_t i = 0; i < panel.stride * job.row_count && !renders; i += 16) V(0.0f).store(job.gradient_scratch + i);
    for (int c = begin; c < begin + panel.width; c += 16) {
      const ChannelBlock block{c, begin + panel.width - c < 16 ? begin + panel.width - c : 16};
      V loss(0.0f);
      for (int g = 0; g < job.groups_count; ++g) {
        for (int first = 0; first < 16; first += V::pixels_per_pass) {
          product_places<V, V::pixels_per_pass>(job, job.groups[g], first, panel, block, loss);
        }
      }
      total += static_cast<double>(sum(loss));
    }
    if (!renders) scatter_rows<V>(job, panel);
  }
  return total;
}

/// extra[hit][pixel] += sum over channels of dout[pixel, c] * value[row(hit), c]: the share of a channel group in the
/// gradient of the weights.
template <class V>
void weight_gradient(const WeightGradientJob& job) {
  const WeightTable& table = *job.table;
  const int channels = job.group->channels, padded = (channels + 15) / 16 * 16;
  ProductJob rows{};
  rows.rows = table.rows;
  rows.row_count = table.row_count;
  rows.values = job.group->values;
  rows.background = job.group->background;
  rows.channels = channels;
  rows.value_scratch = job.value_scratch;
  for (int begin = 0; begin < channels; begin += 16) {
    const RowPanel panel = panel_at(rows, begin / panel_channels * panel_channels);
    if (panel.begin == begin) gather_rows<V>(rows, panel);
    for (int group = 0; group < group_count; ++group) {
      V by_channel[16];
      for (int pixel = 0; pixel < 16; ++pixel) {
        by_channel[pixel] = V::load(job.tile_gradient + static_cast<int64_t>(16 * group + pixel) * padded + begin);
      }
      transpose(by_channel);
      for (int64_t hit = 0; hit < table.hit_count[group]; ++hit) {
        const float* row =
            job.value_scratch + begin - panel.begin + panel.stride * static_cast<int64_t>(table.hit_rows[group][hit]);
        float* to = job.extra[group] + 16 * hit;
        V even = fma(by_channel[0], V(row[0]), V::load(to)), odd = by_channel[1] * V(row[1]);
        for (int c = 2; c < 16; c += 2) {
          even = fma(by_channel[c], V(row[c]), even);
          odd = fma(by_channel[c + 1], V(row[c + 1]), odd);
        }
        (even + odd).store(to);
      }
    }
  }
}

template <class V>
void weighted_totals(const WeightTable& table, const float* const* extra, float* totals) {
  for (int group = 0; group < group_count; ++group) {
    V total(0.0f);
    for (int64_t at = 0; at < 16 * table.hit_count[group]; at += 16) {
      total = fma(V::load(table.hit_weights[group] + at), V::load(extra[group] + at), total);
    }
    total.store(totals + 16 * group);
  }
}

template <class V>
void pool(const PoolJob& job) {
  for (int64_t first = 0; first < job.hits; first += 16) {
    const int count = job.hits - first < 16 ? static_cast<int>(job.hits - first) : 16;
    for (int tap = 0; tap < job.taps; ++tap) {
      const V tap_weights = V::load(job.tap_weights + 16 * tap);
      V products[16];
      for (int i = 0; i < 16; ++i) {
        products[i] = i < count ? V::load(job.weights + 16 * (first + i)) * tap_weights : V(0.0f);
      }
      alignas(64) float dots[16];
      sums(products).store(dots);
      float* to = job.sums + job.tap_targets[tap];
      for (int i = 0; i < count; ++i) to[static_cast<int64_t>(job.rows[first + i]) * job.stride] += dots[i];
    }
  }
}

}  // namespace retort::splat
