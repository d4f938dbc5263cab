// Transforms in a row, from an 8-bit sample to floats.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/random.h"
#include "core/registries.h"
#include "data/sets/part.h"
#include "data/transforms/normalise.h"
#include "data/transforms/transform.h"

namespace retort::data {

/// Immutable once made: copies share the transforms, and any number of threads may use one.
class Pipeline {
 public:
  /// Adds a transform. UserError when one that changes bytes comes after one that changes floats.
  void add(const std::string& name, std::shared_ptr<const Transform> transform);

  /// The changes of bytes, in place. Each transform draws from a child of its own of `random`, named after it, so that
  /// one more transform disturbs no other.
  void change_bytes(Sample& sample, const RandomTree& random) const;

  /// What change_bytes() will use of a picture of this size with the same `random`, by what its first transform says;
  /// nothing: all of it, as it is.
  std::optional<FirstCrop> first_crop(const io::ImageSize& whole, const RandomTree& random) const;

  /// The picture as floats in [0, 1] (value / 255) with the changes of floats. `values` has exactly the picture's size.
  void write_floats(const Picture& picture, const RandomTree& random, std::span<float> values) const;

  /// The transforms that draw nothing.
  Pipeline without_randomness() const;

  /// Whether any of them draws.
  bool is_random() const;

  bool empty() const { return steps_.empty(); }

 private:
  struct Step {
    std::string name;  ///< with a number behind it from the second of its kind on
    std::shared_ptr<const Transform> transform;
  };
  std::vector<Step> steps_;
};

/// The part of a picture of this size that the pipeline will use, and the scale that `decode_scale` allows for it.
io::ImagePart part_for(const Pipeline& pipeline, const io::ImageSize& whole, const RandomTree& random,
                       DecodeScale decode_scale);

/// From the words of a recipe: "crop_pad_4", "normalise(imagenet)". A "normalise" without arguments takes the
/// statistics of `data_set` where those are known. UserError naming the transform, with the nearest name for an unknown
/// one.
Pipeline make_pipeline(const Registry<TransformKind>& kinds, const std::vector<std::string>& calls,
                       const std::string& data_set = "");

/// What the last "normalise" of such words subtracts and divides by; nothing without one.
std::optional<ChannelStatistics> normalisation_of(const std::vector<std::string>& calls,
                                                  const std::string& data_set = "");

}  // namespace retort::data
