// What a Renderer keeps from phase to phase and from view to view.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "core/isa.h"
#include "distil/field/splat/cpu/binning.h"
#include "distil/field/splat/cpu/buffer.h"
#include "distil/field/splat/cpu/kernel_types.h"
#include "distil/field/splat/cpu/pooled_lists.h"
#include "distil/field/splat/cpu/strip_gradients.h"
#include "distil/field/splat/cpu/tile_scratch.h"

namespace retort::splat {

struct RenderFrame {
  ThreadPool* pool;
  Isa isa;
  const Kernels* kernels;

  SplatArrays<float> splats;
  ViewConstants view = {};
  Buffer<PackedSplat> packed;
  std::vector<int32_t> radius;
  Buffer<TileRect> rect;
  TileLists lists;
  bool projected = false;

  ImageMaps<float> rendered;  ///< of blend(): the caller's maps, or our own where the caller gave none
  Buffer<float> own_colour, own_depth, own_transmittance;
  bool blended = false;

  Buffer<float> records;
  std::vector<double> pose_parts;
  std::vector<TileScratch> scratch;  ///< one per worker
  StripGradients strip_gradients;
  PooledLists pooled;

  int64_t tiles() const { return int64_t{view.tiles_x} * view.tiles_y; }
  TileJob tile_job(int64_t tile) const;
  /// Calls body(tile, scratch) for every tile, handed out dynamically; each worker has its own scratch.
  void for_each_tile(const std::function<void(int64_t, TileScratch&)>& body);
  /// The same for `count` tasks of any kind.
  void for_each_task(int64_t count, const std::function<void(int64_t, TileScratch&)>& body);
};

}  // namespace retort::splat
