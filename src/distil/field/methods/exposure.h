// A colour transform for each photo, learned beside the field: cameras set exposure and white balance anew every time.
//
// Source: 3D Gaussian Splatting, graphdeco-inria/gaussian-splatting of October 2024 (exposure compensation), after
// Kerbl et al., A Hierarchical 3D Gaussian Representation, SIGGRAPH 2024.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

#include "core/thread_pool.h"
#include "train/adam_state.h"

namespace retort::field {

/// shown[c] = sum_k affine[c][k] colour[k] + affine[c][3] for every pixel; affine [3,4], colour and shown [3,pixels].
/// (The authors multiply from the right: their matrix is the transpose of this one's first three columns.)
template <class Real>
void apply_exposure(const Real* affine, const Real* colour, int64_t pixels, Real* shown, ThreadPool& pool);

/// Gradients of apply_exposure: `affine_gradient` [3,4] is overwritten; `gradient` [3,pixels] holds that of `shown` and
/// is turned into that of `colour` where it stands. Sums in float64 over strips of fixed length: the same bits for any
/// number of threads.
template <class Real>
void exposure_backward(const Real* affine, const Real* colour, int64_t pixels, Real* gradient, Real* affine_gradient,
                       ThreadPool& pool);

/// The transforms of all photos of a scene with their Adam. Photos that are never trained on keep the identity.
class Exposures {
 public:
  /// The identity for each of `photos`. The pool must outlive the object.
  Exposures(int64_t photos, ThreadPool& pool);

  /// What the photo's camera would have made of a rendered picture, [3,H,W] float32; valid until the next call.
  const at::Tensor& show(int64_t photo, const at::Tensor& colour);
  /// After show() of the same photo and colour: keeps the transform's gradient for step(), and turns `gradient`
  /// [3,H,W], that of what was shown, into that of `colour`.
  void backward(int64_t photo, const at::Tensor& colour, at::Tensor& gradient);
  /// One step of Adam over all photos, as the authors' (so photos not seen now drift on by their moments).
  void step(double learning_rate);

  /// [photos,3,4]
  const at::Tensor& values() const { return values_; }

  void save(std::map<std::string, at::Tensor>& tensors) const;
  /// UserError led by `source` when something is missing or of another shape.
  void load(const std::map<std::string, at::Tensor>& tensors, const std::string& source);

 private:
  float* row(const at::Tensor& of, int64_t photo) const;

  ThreadPool& pool_;
  at::Tensor values_, gradient_;  ///< [photos,3,4]
  train::AdamMoments moments_;
  at::Tensor shown_;  ///< [3,H,W]
};

}  // namespace retort::field
