// The feature half of a Feature 3DGS step: mean |D(resize(F)) - F_t| and where its gradient goes.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <optional>
#include <string>

#include "core/random.h"
#include "core/thread_pool.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/methods/feature_3dgs_options.h"
#include "distil/field/splat/cpu/renderer.h"
#include "train/adam_state.h"

namespace retort::field {

/// A teacher's map as the loss wants it: channel-last [h,w,C], float16 or float32, contiguous.
struct TeacherTarget {
  at::Tensor values;
  int height() const { return static_cast<int>(values.size(0)); }
  int width() const { return static_cast<int>(values.size(1)); }
  int channels() const { return static_cast<int>(values.size(2)); }
};

class FeatureLoss {
 public:
  /// `decoder` is trained along when it is there. The pool must outlive the loss.
  FeatureLoss(const TeacherOptions& teacher, const FieldShapeOptions& shape, double gamma,
              std::optional<FeatureDecoder> decoder, ThreadPool& pool);

  /// Mean absolute error on the view last projected by `renderer`; writes gamma times its gradient with respect to
  /// `features` [P,N] into `gradient` (overwritten). Fault when channels don't fit.
  double evaluate(splat::Renderer& renderer, const at::Tensor& features, const TeacherTarget& target,
                  at::Tensor& gradient);

  /// What the last evaluate() adds to the geometry's gradient; empty unless feature_gradient_to_geometry is on.
  std::span<const splat::GeometryGroup<float>> geometry_groups() const { return geometry_; }

  /// Adam on the decoder (nothing without one).
  void step_decoder(double learning_rate);

  const std::optional<FeatureDecoder>& decoder() const { return decoder_; }
  void save(std::map<std::string, at::Tensor>& tensors) const;
  void load(const std::map<std::string, at::Tensor>& tensors, const std::string& source);

 private:
  splat::ChannelGroup<float> group_of(const at::Tensor& features, const TeacherTarget& target) const;
  at::Tensor map_gradient(const at::Tensor& map, const TeacherTarget& target, double& loss);

  splat::MapFilter filter_;
  bool moves_geometry_;
  double gamma_;
  std::optional<FeatureDecoder> decoder_;
  ThreadPool& pool_;
  FeatureDecoder decoder_gradient_;
  train::AdamMoments weight_moments_, bias_moments_;
  at::Tensor map_gradient_;  ///< kept alive for geometry_
  std::vector<splat::GeometryGroup<float>> geometry_;
};

/// A 1x1 convolution as PyTorch initialises it: uniform in +-1/sqrt(channels_in) for weight and bias.
FeatureDecoder make_decoder(int64_t channels_in, int64_t channels_out, RandomGenerator random);

}  // namespace retort::field
