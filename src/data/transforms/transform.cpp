#include "data/transforms/transform.h"

#include "core/errors.h"

namespace retort::data {

void Transform::change(Sample&, RandomGenerator&) const { fault("this transform does not change bytes"); }

std::optional<FirstCrop> Transform::first_crop(const io::ImageSize&, RandomGenerator&) const { return std::nullopt; }

void Transform::change(const FloatPlanes&, RandomGenerator&) const { fault("this transform does not change floats"); }

}  // namespace retort::data
