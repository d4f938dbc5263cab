// The shapes of the synthetic scene, as signed distances, and where they stand.
#pragma once

#include <string_view>
#include <vector>

#include "core/random.h"
#include "distil/field/scene/synthetic.h"
#include "distil/field/scene/synthetic_vector.h"

namespace retort::field {

enum class Shape { ball, crate, can, cone, ring, pill, gem, pyramid };

/// A solid standing on the floor z = 0 (z is up), turned about the vertical.
struct Solid {
  Shape shape = Shape::ball;
  int label = 1;
  Vec3 centre;
  double cos_yaw = 1, sin_yaw = 0;
  Vec3 half_size;              ///< of its axis-aligned bounds before turning
  double bounding_radius = 0;  ///< about the centre

  Vec3 to_local(Vec3 world) const;
  /// A lower bound of the signed distance to the surface, exact near it up to a factor above 1/2; negative inside.
  double distance(Vec3 world) const;
  /// Unit, outward; for points on or near the surface.
  Vec3 normal(Vec3 world) const;
  SolidBox box() const;
};

/// "ball", "crate", ...
std::string_view shape_name(Shape shape);

/// The first `count` of the eight solids, each shifted and turned a little by the stream.
std::vector<Solid> place_solids(int count, RandomGenerator random);

}  // namespace retort::field
