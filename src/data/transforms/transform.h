// A change of a sample on its way from a data set to a batch.
#pragma once

#include <optional>
#include <string>

#include "core/random.h"
#include "data/sets/sample.h"
#include "data/transforms/geometry.h"

namespace retort::data {

/// Floats [channels, height, width] that somebody else owns.
struct FloatPlanes {
  float* values = nullptr;
  int channels = 0, height = 0, width = 0;

  size_t plane() const { return size_t(height) * width; }
  float* row(int channel, int y) const { return values + (size_t(channel) * height + y) * width; }
};

/// What a transform of bytes uses of a picture, and the size that it brings this part to. The window may reach outside.
struct FirstCrop {
  Window window = {};
  int height = 0, width = 0;
};

/// Bytes are changed first; then the picture becomes floats in [0, 1], and those are changed.
enum class Stage { bytes, floats };

/// Never changes itself: any number of threads may use one. What is random comes from the given generator alone.
class Transform {
 public:
  virtual ~Transform() = default;
  virtual Stage stage() const { return Stage::bytes; }
  /// False for what always does the same: such transforms also serve tests.
  virtual bool is_random() const { return true; }
  /// Stage::bytes: changes picture, label map and boxes alike. UserError when the picture does not suit.
  virtual void change(Sample& sample, RandomGenerator& random) const;
  /// What change() will use of a picture of this size, when given a generator in the same state; nothing: all of it, as
  /// it is. Who answers takes samples with a view (see Sample::view), and leaves none.
  virtual std::optional<FirstCrop> first_crop(const io::ImageSize& whole, RandomGenerator& random) const;
  /// Stage::floats. UserError when the picture does not suit.
  virtual void change(const FloatPlanes& image, RandomGenerator& random) const;
};

}  // namespace retort::data
