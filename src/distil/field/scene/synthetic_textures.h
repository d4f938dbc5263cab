// Colours painted on the solids and the floor: stripes, checks, planks, bricks, marble, all by formula.
#pragma once

#include "distil/field/scene/synthetic_solids.h"

namespace retort::field {

/// Linear RGB reflectance of a solid at a point in its own coordinates.
Vec3 solid_albedo(const Solid& solid, Vec3 local);

/// Of the floor at (x, y).
Vec3 floor_albedo(double x, double y);

/// Smooth noise in [0, 1] with features about 1 large; several octaves make it rough.
double value_noise(Vec3 p, int octaves);

}  // namespace retort::field
