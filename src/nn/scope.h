// A network is a function of a scope: Tensor network(const Scope&, const Tensor& x, const Options&). The scope knows
// the path of the layer at work, where its weights come from, and who listens to its activations.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "nn/taps.h"
#include "nn/weights.h"

namespace retort::nn {

/// How a fresh tensor is filled.
struct Initialiser {
  enum class Kind { zeros, ones, uniform, normal } kind = Kind::zeros;
  double size = 0;  ///< uniform: values in [-size, size]; normal: standard deviation

  static Initialiser zeros() { return {Kind::zeros, 0}; }
  static Initialiser ones() { return {Kind::ones, 0}; }
  static Initialiser uniform(double bound) { return {Kind::uniform, bound}; }
  static Initialiser normal(double deviation) { return {Kind::normal, deviation}; }
};

/// What a layer asks for.
struct WeightRequest {
  std::string name;  ///< whole path
  std::vector<int64_t> shape;
  Initialiser initialiser;
  bool buffer = false;  ///< kept, not learned
};

/// Where the layers of a scope get their tensors.
class WeightSource {
 public:
  virtual ~WeightSource() = default;
  virtual at::Tensor get(const WeightRequest& request) = 0;
};

/// Creates float32 weights as a network first runs. Each tensor draws from the stream of its own name, so that a new
/// layer changes no other layer's start; torch's global generator is never touched.
class InitialisingSource : public WeightSource {
 public:
  explicit InitialisingSource(RandomTree random) : random_(random) {}
  at::Tensor get(const WeightRequest& request) override;
  Weights take() { return std::move(weights_); }

 private:
  RandomTree random_;
  Weights weights_;
};

/// Gives the tensors of `weights` (which must outlive it), of any dtype and device. UserError that names the weights'
/// origin when a tensor is missing or has another shape than the network wants.
class GivenSource : public WeightSource {
 public:
  explicit GivenSource(const Weights& weights) : weights_(weights) {}
  at::Tensor get(const WeightRequest& request) override;
  /// Names in the weights that no layer has asked for so far.
  std::vector<std::string> unused() const;

 private:
  const Weights& weights_;
  std::set<std::string> used_;
};

/// Cheap to copy; source and taps must outlive it.
class Scope {
 public:
  explicit Scope(WeightSource& source, Taps* taps = nullptr) : source_(&source), taps_(taps) {}

  /// The scope one level down: (s / "layer1" / "0").path() == "layer1.0".
  Scope operator/(std::string_view name) const;
  const std::string& path() const { return path_; }

  /// Tensor `<path>.<name>` that learns.
  at::Tensor parameter(std::string_view name, std::vector<int64_t> shape, const Initialiser& initialiser) const;
  /// Tensor `<path>.<name>` that is only kept.
  at::Tensor buffer(std::string_view name, std::vector<int64_t> shape, const Initialiser& initialiser) const;

  /// Offers `value` under this scope's path and gives it back.
  at::Tensor tap(at::Tensor value) const;
  /// Offers `value` as "<path>.input".
  void tap_input(const at::Tensor& value) const;

 private:
  std::string below(std::string_view name) const;

  WeightSource* source_;
  Taps* taps_;
  std::string path_;
};

}  // namespace retort::nn
