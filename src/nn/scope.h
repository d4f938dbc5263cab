// A network is a function of a scope: Tensor network(const Scope&, const Tensor& x, const Options&). The scope knows
// the path of the layer at work, where its weights come from, and who listens to its activations.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "nn/folded_norms.h"
#include "nn/taps.h"
#include "nn/weights.h"

namespace retort::nn {

/// How a fresh tensor is filled.
struct Initialiser {
  enum class Kind { zeros, constant, uniform, normal, truncated_normal, xavier_uniform } kind = Kind::zeros;
  double size = 0;  ///< constant: the value; uniform: values in [-size, size]; normal: standard deviation (before it is
                    ///< truncated); xavier_uniform: the gain

  static Initialiser zeros() { return {Kind::zeros, 0}; }
  static Initialiser constant(double value) { return {Kind::constant, value}; }
  static Initialiser ones() { return constant(1); }
  static Initialiser uniform(double bound) { return {Kind::uniform, bound}; }
  static Initialiser normal(double deviation) { return {Kind::normal, deviation}; }
  /// Drawn anew beyond two standard deviations.
  static Initialiser truncated_normal(double deviation) { return {Kind::truncated_normal, deviation}; }
  /// Uniform within gain sqrt(6 / (fan in + fan out)) of a weight [out,in,...], the trailing axes counting in both
  /// fans. Glorot and Bengio 2010.
  static Initialiser xavier_uniform(double gain = 1) { return {Kind::xavier_uniform, gain}; }
};

/// What a layer asks for.
struct WeightRequest {
  std::string name;  ///< whole path
  std::vector<int64_t> shape;
  Initialiser initialiser;
  bool buffer = false;    ///< kept, not learned
  bool optional = false;  ///< a network does without it: given weights may lack it (its tensor is then undefined)
  bool counter = false;   ///< int64 instead of float32
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
  /// Everything asked for so far, parameters in the order in which the network asked.
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

/// How a network runs, told to all its layers.
struct ForwardMode {
  bool training = false;      ///< batch statistics, dropout, drop path
  bool higher_order = false;  ///< only operations that have gradients of gradients and tangents: no fused attention
  /// What dropout and drop path draw from, each layer from the child of its own path; training with such layers needs
  /// it.
  std::optional<RandomTree> random = {};
  const FoldedNorms* folded = nullptr;  ///< batch norms that the weights have taken in: nn/fold_norms.h
  FoldingRecord* record = nullptr;      ///< is told what could be folded
};

/// Cheap to copy; source and taps must outlive it.
class Scope {
 public:
  explicit Scope(WeightSource& source, Taps* taps = nullptr, ForwardMode mode = {})
      : source_(&source), taps_(taps), mode_(mode) {}

  /// The scope one level down: (s / "layer1" / "0").path() == "layer1.0".
  Scope operator/(std::string_view name) const;
  const std::string& path() const { return path_; }

  /// Tensor `<path>.<name>` that learns.
  at::Tensor parameter(std::string_view name, std::vector<int64_t> shape, const Initialiser& initialiser) const;
  /// Tensor `<path>.<name>` that is only kept.
  at::Tensor buffer(std::string_view name, std::vector<int64_t> shape, const Initialiser& initialiser) const;
  /// int64 number `<path>.<name>` that starts at 0 and that older files lack: undefined where it is absent.
  at::Tensor counter(std::string_view name) const;

  bool training() const { return mode_.training; }
  bool higher_order() const { return mode_.higher_order; }
  /// The stream of this path. Fault when the mode carries none.
  RandomTree random() const;

  /// The same below a network whose batch norms are folded so.
  Scope with_folded(const FoldedNorms& folded) const;
  /// This path is a batch norm that hands on its input.
  bool is_folded_norm() const { return mode_.folded != nullptr && mode_.folded->norms.count(path_) > 0; }
  /// This path is a layer whose bias comes from a folded batch norm.
  bool has_folded_bias() const { return mode_.folded != nullptr && mode_.folded->biased.count(path_) > 0; }
  /// Notes the output of a layer that can take in a batch norm, and gives it back.
  at::Tensor record_map(at::Tensor output) const;
  void record_norm(const at::Tensor& input, double eps) const;

  /// The same, with activations offered to `ear` as well, which must outlive it: a network around another one hears
  /// what it needs without its listeners knowing. Takes the place of an ear that is there.
  Scope heard_by(Taps& ear) const;

  /// Somebody asked for the activation of this path: what is cheaper to leave out must then be computed.
  bool is_tapped() const {
    return (taps_ != nullptr && taps_->wants(path_)) || (ear_ != nullptr && ear_->wants(path_));
  }
  /// Offers `value` under this scope's path and gives it back.
  at::Tensor tap(at::Tensor value) const;
  /// Offers `value` as "<path>.input".
  void tap_input(const at::Tensor& value) const;

 private:
  std::string below(std::string_view name) const;
  void offer(const std::string& name, const at::Tensor& value) const;

  WeightSource* source_;
  Taps* taps_;
  Taps* ear_ = nullptr;
  ForwardMode mode_;
  std::string path_;
};

}  // namespace retort::nn
