// The teacher maps of a scene, streamed from disk.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "distil/field/teachers/feature_basis.h"
#include "distil/field/teachers/map_cache.h"
#include "distil/field/teachers/map_source.h"

namespace retort::field {

struct Scene;

/// Folder of a scene's maps. `files` is a folder (relative to the scene, or absolute), `none`, or `auto`: the first of
/// rgb_feature_langseg, sam_embeddings, teacher_deeplab_v3, teacher_mobilenet_v2 that is there. Nothing for `none`, and
/// when `auto` finds none. UserError when a named folder is absent.
std::optional<std::filesystem::path> find_teacher_folder(const std::filesystem::path& scene_folder,
                                                         const std::string& files);

struct TeacherMapsOptions {
  int64_t reduce_to = 0;                    ///< channels to keep (FeatureBasis); 0: all
  int64_t cache_bytes = 512 * 1000 * 1000;  ///< of float16 maps held in memory
  /// Take maps whose aspect is not the photo's; they are then stretched over it (LSeg maps of the reference code are
  /// 360x480 for every photo).
  bool any_aspect = false;
};

/// What the maps need to know of a view.
struct MappedView {
  std::string stem;           ///< "left/0001"
  int width = 0, height = 0;  ///< of its photo, in any resolution
  bool training = true;       ///< must have a map; held-out views may have one
};
std::vector<MappedView> mapped_views(const Scene& scene);

/// One map a view, indexed like the views, coded or not. All files are opened and checked at once; their values are
/// read (and decoded) when they are wanted. Thread-safe, and the same bits whatever the order of calls.
class TeacherMaps {
 public:
  /// With `reduce_to`, fits the basis on a fixed sample of the training maps. UserError when a training view has no map
  /// (names up to three and the remedy), a file is damaged, two maps differ in channels, a map's aspect differs from
  /// its photo's by more than a pixel of the map, or reduce_to exceeds the channels.
  TeacherMaps(const std::filesystem::path& folder, std::vector<MappedView> views, const TeacherMapsOptions& options);
  ~TeacherMaps();

  int64_t channels() const;                              ///< of what get() gives
  int64_t stored_channels() const { return channels_; }  ///< of the files
  bool has(int64_t view) const { return shapes_.at(view).channels > 0; }
  /// Shape of what get(view) gives.
  MapShape shape(int64_t view) const;
  /// Bytes that all maps would take in memory.
  int64_t total_bytes() const;
  const std::filesystem::path& folder() const { return folder_; }
  const std::optional<FeatureBasis>& basis() const { return basis_; }

  /// [h,w,channels] float16, contiguous, on the CPU; not to be written to. Channel-last is the order in which the splat
  /// kernel makes its maps.
  at::Tensor get(int64_t view);
  /// Says that the view's map will be wanted soon.
  void prefetch(int64_t view);
  /// The teacher's map as the files have it, [stored_channels,h,w] float16, read anew and not kept (evaluation against
  /// the teacher itself).
  at::Tensor read_stored(int64_t view) const;
  const MapCache& cache() const { return *cache_; }

 private:
  void open_maps(const std::vector<MappedView>& views, bool any_aspect);
  void fit_basis(const std::vector<MappedView>& views, int64_t reduce_to);

  std::filesystem::path folder_;
  std::unique_ptr<MapSource> source_;
  std::vector<std::string> stems_;  ///< of the views
  std::vector<MapShape> shapes_;    ///< as stored; no channels where there is no map
  int64_t channels_ = 0;
  std::optional<FeatureBasis> basis_;
  std::unique_ptr<MapCache> cache_;
};

}  // namespace retort::field
