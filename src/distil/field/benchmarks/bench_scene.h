// What the field's speed is measured on: a scene with its pictures at hand.
#pragma once

#include <memory>
#include <string>

#include "core/thread_pool.h"
#include "distil/field/scene/image_cache.h"
#include "distil/field/scene/scene.h"

namespace retort::field {

struct BenchScene {
  std::string name;
  Scene scene;
  std::unique_ptr<ImageSource> images;  ///< looks into `scene`; no photo is decoded while the clock runs
};

/// The built-in scene: 400x300 pixels and 100,000 surface points, or a tenth of the points at a quarter of the pixels.
std::unique_ptr<BenchScene> synthetic_bench_scene(bool small, ThreadPool& pool);

/// A scene folder, its training photos decoded. UserError as load_scene().
std::unique_ptr<BenchScene> loaded_bench_scene(const SceneOptions& options);

}  // namespace retort::field
