#include "distil/field/scene/synthetic_solids.h"

#include <algorithm>
#include <numbers>

namespace retort::field {
namespace {

constexpr double ring_tube = 0.14;  // of the ring, world units
constexpr double crate_rounding = 0.03;
constexpr double can_rounding = 0.02;
constexpr double cone_tip_share = 0.12;  // radius of the cone's flat tip, as a share of its foot

double box_distance(Vec3 p, Vec3 half, double rounding) {
  const Vec3 q = {std::abs(p.x) - half.x + rounding, std::abs(p.y) - half.y + rounding,
                  std::abs(p.z) - half.z + rounding};
  const Vec3 outside = {std::max(q.x, 0.0), std::max(q.y, 0.0), std::max(q.z, 0.0)};
  return length(outside) + std::min(std::max({q.x, q.y, q.z}), 0.0) - rounding;
}

double cylinder_distance(Vec3 p, double radius, double half_height, double rounding) {
  const double across = std::hypot(p.x, p.y) - radius + rounding, along = std::abs(p.z) - half_height + rounding;
  return std::hypot(std::max(across, 0.0), std::max(along, 0.0)) + std::min(std::max(across, along), 0.0) - rounding;
}

// A half-space's distances bound a convex body's from below: the largest counts.
double cone_distance(Vec3 p, double foot, double half_height) {
  const double tip = foot * cone_tip_share, height = 2 * half_height, slope = foot - tip;
  const double side =
      ((std::hypot(p.x, p.y) - foot) * height + (p.z + half_height) * slope) / std::hypot(height, slope);
  return std::max(side, std::abs(p.z) - half_height);
}

double ring_distance(Vec3 p, double outer) {
  return std::hypot(std::hypot(p.x, p.y) - (outer - ring_tube), p.z) - ring_tube;
}

double pill_distance(Vec3 p, double half_length, double radius) {
  const double reach = half_length - radius;
  return length({p.x - std::clamp(p.x, -reach, reach), p.y, p.z}) - radius;
}

double gem_distance(Vec3 p, Vec3 half) {
  const Vec3 slope = {1 / half.x, 1 / half.y, 1 / half.z};
  return (std::abs(p.x) * slope.x + std::abs(p.y) * slope.y + std::abs(p.z) * slope.z - 1) / length(slope);
}

double pyramid_distance(Vec3 p, double foot, double half_height) {
  const double height = 2 * half_height, up = p.z + half_height;
  const double side = (std::max(std::abs(p.x), std::abs(p.y)) - foot) * height + up * foot;
  return std::max(side / std::hypot(height, foot), -up);
}

struct SolidPlan {
  Shape shape;
  double x, y;
  Vec3 half_size;
};

// Seven in a circle about the cone, large and small in turn, so that most views see most of them.
std::vector<SolidPlan> solid_plans() {
  constexpr double circle = 1.38;
  constexpr int around = 7;
  std::vector<SolidPlan> plans = {{Shape::ball, 0, 0, {0.42, 0.42, 0.42}}, {Shape::crate, 0, 0, {0.36, 0.36, 0.36}},
                                  {Shape::can, 0, 0, {0.30, 0.30, 0.45}},  {Shape::cone, 0, 0, {0.44, 0.44, 0.62}},
                                  {Shape::ring, 0, 0, {0.48, 0.48, 0.14}}, {Shape::pill, 0, 0, {0.50, 0.24, 0.24}},
                                  {Shape::gem, 0, 0, {0.40, 0.40, 0.50}},  {Shape::pyramid, 0, 0, {0.46, 0.46, 0.36}}};
  constexpr int places[] = {0, 2, 4, -1, 1, 3, 5, 6};
  for (size_t i = 0; i < plans.size(); ++i) {
    if (places[i] < 0) continue;
    const double angle = 2 * std::numbers::pi * places[i] / around;
    plans[i].x = circle * std::cos(angle);
    plans[i].y = circle * std::sin(angle);
  }
  return plans;
}

}  // namespace

std::string_view shape_name(Shape shape) {
  constexpr std::string_view names[] = {"ball", "crate", "can", "cone", "ring", "pill", "gem", "pyramid"};
  return names[size_t(shape)];
}

Vec3 Solid::to_local(Vec3 world) const {
  const Vec3 p = world - centre;
  return {cos_yaw * p.x + sin_yaw * p.y, -sin_yaw * p.x + cos_yaw * p.y, p.z};
}

double Solid::distance(Vec3 world) const {
  const Vec3 p = to_local(world);
  switch (shape) {
    case Shape::ball:
      return length(p) - half_size.x;
    case Shape::crate:
      return box_distance(p, half_size, crate_rounding);
    case Shape::can:
      return cylinder_distance(p, half_size.x, half_size.z, can_rounding);
    case Shape::cone:
      return cone_distance(p, half_size.x, half_size.z);
    case Shape::ring:
      return ring_distance(p, half_size.x);
    case Shape::pill:
      return pill_distance(p, half_size.x, half_size.z);
    case Shape::gem:
      return gem_distance(p, half_size);
    case Shape::pyramid:
      return pyramid_distance(p, half_size.x, half_size.z);
  }
  return 0;
}

Vec3 Solid::normal(Vec3 world) const {
  constexpr double step = 1e-5;
  const auto slope = [&](Vec3 axis) { return distance(world + axis * step) - distance(world - axis * step); };
  return normalised({slope({1, 0, 0}), slope({0, 1, 0}), slope({0, 0, 1})});
}

SolidBox Solid::box() const {
  // Round shapes keep their bounds when turned; the others reach as far as their turned corners.
  const bool round = shape == Shape::ball || shape == Shape::can || shape == Shape::cone || shape == Shape::ring;
  Vec3 reach = half_size;
  const double c = std::abs(cos_yaw), s = std::abs(sin_yaw);
  if (shape == Shape::gem) {  // its corners lie on the axes
    reach.x = std::max(c * half_size.x, s * half_size.y);
    reach.y = std::max(s * half_size.x, c * half_size.y);
  } else if (shape == Shape::pill) {
    const double radius = half_size.z, core = half_size.x - radius;
    reach.x = c * core + radius;
    reach.y = s * core + radius;
  } else if (!round) {
    reach.x = c * half_size.x + s * half_size.y;
    reach.y = s * half_size.x + c * half_size.y;
  }
  return {.label = label,
          .low = {centre.x - reach.x, centre.y - reach.y, centre.z - reach.z},
          .high = {centre.x + reach.x, centre.y + reach.y, centre.z + reach.z}};
}

std::vector<Solid> place_solids(int count, RandomGenerator random) {
  constexpr double largest_shift = 0.06;
  const auto plans = solid_plans();
  std::vector<Solid> solids;
  for (int i = 0; i < count; ++i) {
    const auto& plan = plans[size_t(i)];
    const double shift_x = largest_shift * (2 * random.uniform() - 1),
                 shift_y = largest_shift * (2 * random.uniform() - 1);
    const double yaw = 2 * std::numbers::pi * random.uniform();
    solids.push_back({.shape = plan.shape,
                      .label = i + 1,
                      .centre = {plan.x + shift_x, plan.y + shift_y, plan.half_size.z},
                      .cos_yaw = std::cos(yaw),
                      .sin_yaw = std::sin(yaw),
                      .half_size = plan.half_size,
                      .bounding_radius = length(plan.half_size)});
  }
  return solids;
}

}  // namespace retort::field
