#include "distil/field/scene/synthetic_tracer.h"

#include <algorithm>
#include <optional>

#include "core/errors.h"
#include "distil/field/scene/synthetic_textures.h"

namespace retort::field {
namespace {

constexpr int trace_max_steps = 200;
constexpr double surface_tolerance = 1e-7;  // world units
constexpr double sun_hardness = 9;          // the inverse of the sun's apparent half width: larger, sharper shadows
constexpr double shadow_margin = 0.3;       // penumbras reach so far beyond a solid's bounds
constexpr double skin = 2e-3;               // shadow rays start so far off the surface

const Vec3 sun_direction = normalised({0.50, -0.42, 0.86});
constexpr Vec3 sun_light = {1.02, 0.95, 0.82};
constexpr Vec3 sky_light = {0.36, 0.42, 0.52};
constexpr Vec3 bounced_light = {0.24, 0.22, 0.19};

struct RaySpan {
  double begin, end;
};

std::optional<RaySpan> cross_sphere(Vec3 origin, Vec3 direction, Vec3 centre, double radius) {
  const Vec3 to_centre = centre - origin;
  const double along = dot(to_centre, direction);
  const double reach = radius * radius - (dot(to_centre, to_centre) - along * along);
  if (reach <= 0 || along + std::sqrt(reach) <= 0) return std::nullopt;
  return RaySpan{std::max(along - std::sqrt(reach), 0.0), along + std::sqrt(reach)};
}

// Walks by the distance bound until the surface is met; nothing when the ray leaves the bounds.
std::optional<double> meet_solid(const Solid& solid, Vec3 origin, Vec3 direction) {
  const auto span = cross_sphere(origin, direction, solid.centre, solid.bounding_radius);
  if (!span) return std::nullopt;
  double t = span->begin;
  for (int step = 0; step < trace_max_steps && t < span->end; ++step) {
    const double distance = solid.distance(origin + direction * t);
    if (distance < surface_tolerance) return t;
    t += distance;
  }
  return std::nullopt;
}

}  // namespace

SurfaceHit SyntheticTracer::trace(Vec3 origin, Vec3 direction) const {
  SurfaceHit hit{.distance = -1, .position = {}, .normal = {0, 0, 1}, .label = 0};
  if (direction.z < 0) hit.distance = origin.z / -direction.z;
  const Solid* nearest = nullptr;
  for (const auto& solid : solids_) {
    const auto met = meet_solid(solid, origin, direction);
    if (!met || (hit.distance >= 0 && *met >= hit.distance)) continue;
    hit.distance = *met;
    nearest = &solid;
  }
  RT_CHECK(hit.distance >= 0, "synthetic scene: a ray looks past the floor");
  hit.position = origin + direction * hit.distance;
  if (nearest) {
    hit.normal = nearest->normal(hit.position);
    hit.label = nearest->label;
  }
  return hit;
}

double SyntheticTracer::sun_visibility(Vec3 position, Vec3 normal) const {
  const Vec3 origin = position + normal * skin;
  double visible = 1;
  for (const auto& solid : solids_) {
    const auto span = cross_sphere(origin, sun_direction, solid.centre, solid.bounding_radius + shadow_margin);
    if (!span) continue;
    double t = std::max(span->begin, 0.01);
    for (int step = 0; step < trace_max_steps && t < span->end && visible > 0; ++step) {
      const double distance = solid.distance(origin + sun_direction * t);
      // How near the ray passes, seen from the surface, tells how much of the sun is covered.
      visible = std::min(visible, std::max(0.5 + 0.5 * sun_hardness * distance / t, 0.0));
      t += std::max(std::abs(distance), 0.012);
    }
  }
  return visible * visible * (3 - 2 * visible);
}

double SyntheticTracer::distance_to_solids(Vec3 position, double at_most) const {
  double nearest = at_most;
  for (const auto& solid : solids_) {
    if (length(position - solid.centre) - solid.bounding_radius >= nearest) continue;
    nearest = std::min(nearest, solid.distance(position));
  }
  return nearest;
}

double SyntheticTracer::openness(Vec3 position, Vec3 normal) const {
  double covered = 0, weight = 1;
  for (const double reach : {0.05, 0.12, 0.25, 0.45}) {
    const Vec3 probe = position + normal * reach;
    const double free = std::clamp(distance_to_solids(probe, std::min(reach, probe.z)), 0.0, reach);
    covered += weight * (1 - free / reach);
    weight *= 0.7;
  }
  return std::clamp(1 - 0.42 * covered, 0.0, 1.0);
}

Vec3 SyntheticTracer::radiance(const SurfaceHit& hit) const {
  const Vec3 albedo = hit.label == 0 ? floor_albedo(hit.position.x, hit.position.y)
                                     : solid_albedo(solids_[size_t(hit.label - 1)],
                                                    solids_[size_t(hit.label - 1)].to_local(hit.position));
  const double facing = std::max(dot(hit.normal, sun_direction), 0.0);
  const double sun = facing > 0 ? facing * sun_visibility(hit.position, hit.normal) : 0.0;
  const double up = 0.5 + 0.5 * hit.normal.z;
  const Vec3 ambient = mix(bounced_light, sky_light, up) * openness(hit.position, hit.normal);
  // The light is a pool about the middle of the floor.
  const double pool = 1 - 0.5 * smooth_step(2.2, 5.5, std::hypot(hit.position.x, hit.position.y));
  return albedo * (sun_light * sun + ambient) * pool;
}

Vec3 camera_ray(const Camera& camera, double x, double y) {
  const double right = (x - camera.cx) / camera.fx, down = (y - camera.cy) / camera.fy;
  const auto& m = camera.world_to_camera;
  return normalised(
      {m[0] * right + m[4] * down + m[8], m[1] * right + m[5] * down + m[9], m[2] * right + m[6] * down + m[10]});
}

double srgb_value(double linear) {
  const double clipped = std::clamp(linear, 0.0, 1.0);
  return 255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * std::pow(clipped, 1 / 2.4) - 0.055);
}

}  // namespace retort::field
