// Where the first splats lie.
#pragma once

#include "distil/field/scene/scene.h"
#include "distil/field/scene/scene_model.h"

namespace retort::field {

/// The first points of a scene whose views, split and extent are known, by options.points: the sparse model's, those
/// back-projected from the training views' depth, a PLY file's, or random ones; `automatic` takes the first of these
/// that the scene has. Random points are grey. They fill the box that the format names (Blender: [-1.3, 1.3]^3), else
/// the training views' frusta between the depths that the format knows (LLFF), evenly in inverse depth, else the ball
/// of 1.5 times the cameras' radius, which forward-facing scenes lie outside of. Clouds of more than options.max_points
/// are thinned to so many, evenly in their order and always the same ones; scene.notes says where points came from when
/// that is no sparse model, and what was thinned. UserError when the wanted kind is not there.
PointCloud initial_points(const SceneOptions& options, const SceneModel& model, Scene& scene);

/// Points seen by the training views' depth files, at most `most`: means over the cells of a grid just coarse enough.
PointCloud points_from_depth(const Scene& scene, double depth_scale, int64_t most);

/// x, y, z and, where there are any, red, green, blue of a PLY file. UserError for files without positions, with
/// numbers that are not finite, or with none.
PointCloud read_point_file(const std::filesystem::path& file);

}  // namespace retort::field
