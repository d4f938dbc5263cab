// One worker's memory for the lists and rows of a tile.
#pragma once

#include <cstdint>

#include "distil/field/splat/cpu/buffer.h"
#include "distil/field/splat/cpu/kernel_types.h"

namespace retort::splat {

struct TileScratch {
  Buffer<uint32_t> rows, hit_rows;
  Buffer<float> hit_weights, values, gradients, sums, extra, map_gradient;
  Buffer<float*> gradient_rows;
  Buffer<uint8_t> fresh;
  Buffer<uint32_t> row_of_splat, hit_of_row;  ///< for merging lists

  /// A weight table with room for a tile of `entries` splats and the background.
  WeightTable weight_table(int64_t entries) {
    const int64_t capacity = entries + 1;
    WeightTable table = {};
    table.rows = rows.ensure(capacity);
    uint32_t* all_rows = hit_rows.ensure(group_count * capacity);
    float* all_weights = hit_weights.ensure(group_count * capacity * 16);
    for (int group = 0; group < group_count; ++group) {
      table.hit_rows[group] = all_rows + group * capacity;
      table.hit_weights[group] = all_weights + group * capacity * 16;
    }
    return table;
  }

  /// Row memory of a product with `row_count` rows.
  void prepare_product(ProductJob& job) {
    job.value_scratch = values.ensure(panel_stride(job.channels) * job.row_count);
    job.gradient_scratch = gradients.ensure(panel_stride(job.channels) * job.row_count);
  }
};

}  // namespace retort::splat
