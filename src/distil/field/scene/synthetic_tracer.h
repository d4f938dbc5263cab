// Rays against the solids and the floor, and the light there.
#pragma once

#include <vector>

#include "distil/field/camera/camera.h"
#include "distil/field/scene/synthetic_solids.h"

namespace retort::field {

struct SurfaceHit {
  double distance = 0;  ///< along the unit direction
  Vec3 position, normal;
  int label = 0;  ///< 0: the floor
};

class SyntheticTracer {
 public:
  explicit SyntheticTracer(std::vector<Solid> solids) : solids_(std::move(solids)) {}

  const std::vector<Solid>& solids() const { return solids_; }

  /// First surface on the way. The cameras look down, so that every ray of theirs ends on the floor at the latest; a
  /// ray that does not is a broken promise (Fault).
  SurfaceHit trace(Vec3 origin, Vec3 direction) const;

  /// Linear RGB that leaves the surface, the same in all directions: a soft sun with shadows, sky light dimmed in
  /// corners, and a little light from the floor.
  Vec3 radiance(const SurfaceHit& hit) const;

 private:
  double sun_visibility(Vec3 position, Vec3 normal) const;
  double openness(Vec3 position, Vec3 normal) const;
  double distance_to_solids(Vec3 position, double at_most) const;

  std::vector<Solid> solids_;
};

/// Unit world direction through the point (x, y) of the picture, in pixels; (0.5, 0.5) is the first pixel's centre.
Vec3 camera_ray(const Camera& camera, double x, double y);

/// Linear light to an 8-bit sRGB value's real number, 0 to 255.
double srgb_value(double linear);

}  // namespace retort::field
