// What the phases of the fast path hand to one another. Plain data: this header is seen by files of every instruction
// set.
#pragma once

#include <cstdint>

#include "distil/field/splat/cpu/splat_constants.h"
#include "distil/field/splat/cpu/splat_types.h"

namespace retort::splat {

inline constexpr int group_count = 16;  ///< 4x4-pixel groups of a tile; one group is one vector of 16 floats
inline constexpr int group_side = 4;    ///< pixels
inline constexpr int tile_pixels = 256;
inline constexpr int record_floats = 16;  ///< a gradient record is one cache line
inline constexpr float log2_of_e = 1.44269504088896341f;

/// A projected splat, one cache line. power = dx (a dx + b dy) + c dy^2 in units of log2, with dx = pixel - x.
struct alignas(64) PackedSplat {
  float x, y, a, b, c, opacity, red, green, blue, depth;
  float threshold;       ///< no pixel whose power is below can reach an alpha of 1/255; positive: none can at all
  float best_x, best_y;  ///< at a given dy the power is largest at dx = best_x dy, at a given dx at dy = best_y dx
  float unused[3];
};

struct TileRect {
  int32_t min_x, min_y, max_x, max_y;  ///< tiles, maximum exclusive
};

/// One splat in one tile's list.
struct TileEntry {
  uint32_t splat;
  uint32_t record;  ///< its gradient record
};

/// Camera and settings in the precision of the kernels.
struct ViewConstants {
  float world_to_camera[12];
  float centre[3];
  float fx, fy, cx, cy;    ///< cx, cy with pixel centres at integers
  float limit_x, limit_y;  ///< of |x / z| in the Jacobian
  float scale_modifier;
  int width, height, tiles_x, tiles_y, sh_degree;
  float background[3];
};

struct ProjectJob {
  const SplatArrays<float>* splats;
  const ViewConstants* view;
  PackedSplat* packed;  ///< [P]
  int32_t* radius;      ///< [P]
  TileRect* rect;       ///< [P]
};

struct ProjectBackwardJob {
  const SplatArrays<float>* splats;
  const ViewConstants* view;
  const PackedSplat* packed;
  const int32_t* radius;
  const uint32_t* record_begin;  ///< [P + 1]
  const float* records;          ///< [.,16] dL/dpower times 1, dx, dy, dx^2, dx dy, dy^2; then red, green, blue, depth
  const SplatGradients<float>* gradients;
};

struct TileJob {
  const ViewConstants* view;
  const PackedSplat* packed;
  const TileEntry* entries;  ///< of this tile, front to back
  int64_t count;
  int tile_x, tile_y;
};

/// Weights of one tile, for products with channels: the splats that occur ("rows") and, per group, the list of
/// (row, 16 weights). Filled by the kernels into memory that the renderer provides.
struct WeightTable {
  uint32_t* rows;  ///< [capacity] splat of each row
  int64_t row_count;
  uint32_t* hit_rows[group_count];  ///< [capacity] row of each hit
  float* hit_weights[group_count];  ///< [capacity][16]
  int64_t hit_count[group_count];
};

struct BackwardTileJob {
  TileJob tile;
  ImageMaps<float> rendered;  ///< of blend()
  ImageGradients<float> incoming;
  const float* const* extra;  ///< null, or per group [hits][16]: the channel groups' gradient of each weight
  const float* extra_total;   ///< null, or [16][16]: sum over hits of weight times extra
  float* records;             ///< all records of the view
};

/// Sixteen output places that share one list of hits: a 4x4 group of pixels or of cells of a smaller map.
struct OutputGroup {
  int64_t hits;
  const uint32_t* rows;
  const float* weights;  ///< [hits][16]
  int64_t place[16];     ///< index of the map's pixel, -1 = outside the map
};

enum class ProductMode { render, distil, backward };

/// Products of one set of rows with a channel group.
struct ProductJob {
  ProductMode mode;
  const uint32_t* rows;  ///< splat of each row; `background_row` stands for the background
  int64_t row_count;
  const OutputGroup* groups;
  int groups_count;
  const float* values;      ///< [P,C]
  const float* background;  ///< [C] or null
  int channels;
  float* const* gradient_rows;  ///< [row_count] where each row's gradient goes (null = nowhere); unused by render
  const uint8_t* fresh;         ///< [row_count] 1 = overwrite instead of adding
  float* map;                   ///< render: out
  const float* map_gradient;    ///< backward: in
  const void* target;           ///< distil
  bool target_half;
  float gradient_scale;     ///< distil: size of dL/dF
  float* value_scratch;     ///< [row_count][panel_stride(channels)]
  float* gradient_scratch;  ///< the same
};
inline constexpr int panel_channels = 64;  ///< channels whose rows are fetched at a time

/// Floats per row of a product's scratch.
inline int panel_stride(int channels) { return channels < panel_channels ? (channels + 15) / 16 * 16 : panel_channels; }
inline constexpr uint32_t background_row = 0xffffffffu;

/// Resizing of one group's weights: sums[row][target of tap] += sum over pixels of weight * tap weight.
struct PoolJob {
  int64_t hits;
  const uint32_t* rows;
  const float* weights;  ///< [hits][16]
  int taps;
  const float* tap_weights;    ///< [taps][16]
  const int32_t* tap_targets;  ///< [taps] offset inside a row of sums
  float* sums;
  int64_t stride;  ///< floats per row of sums
};

/// Gradient of the weights of one tile's hits with respect to a channel group's map.
struct WeightGradientJob {
  const WeightTable* table;
  const ChannelGroup<float>* group;
  const float* tile_gradient;  ///< [16 groups][16 pixels][channels padded to 16]
  float* const* extra;         ///< per group [hits][16], added to
  float* value_scratch;        ///< [row_count][panel_stride(C)]
};

/// The kernels of one instruction set.
struct Kernels {
  void (*project)(const ProjectJob& job, int64_t begin, int64_t end);
  /// `pose` [12] is added to; may be null.
  void (*project_backward)(const ProjectBackwardJob& job, int64_t begin, int64_t end, double* pose);
  void (*blend_tile)(const TileJob& job, const ImageMaps<float>& maps);
  void (*weights_tile)(const TileJob& job, bool with_background, WeightTable& table);
  void (*backward_tile)(const BackwardTileJob& job);
  /// Returns the sum of |F - target| (distil) or 0.
  double (*product)(const ProductJob& job);
  void (*weight_gradient)(const WeightGradientJob& job);
  void (*pool)(const PoolJob& job);
  /// totals[group][pixel] = sum over hits of weight times extra.
  void (*weighted_totals)(const WeightTable& table, const float* const* extra, float* totals);
};

const Kernels& kernels_portable();
const Kernels& kernels_avx2();
const Kernels& kernels_avx512();

}  // namespace retort::splat
