// Activations asked for by name before a network runs. What nobody asked for is not kept.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace retort::nn {

class Taps {
 public:
  /// Names as the network's page lists them: a layer's path is its output ("expanded_conv_3.depthwise"), with ".input"
  /// its input.
  explicit Taps(std::vector<std::string> wanted);

  bool wants(const std::string& name) const { return kept_.count(name) > 0; }
  /// Called by layers: keeps `value` when it was asked for. A name met again overwrites (weight sharing, decoding).
  void offer(const std::string& name, const at::Tensor& value);
  /// All wanted names have been met.
  bool complete() const { return missing_ == 0; }

  /// The activation of a wanted name. UserError with the nearest name the network offers when it was never met.
  const at::Tensor& at(const std::string& name) const;

  /// What was met in bfloat16 or half becomes float32: losses compute in that.
  void make_float();

  /// Runs `network` and stops it as soon as the last wanted activation is there: layers behind it are never computed.
  /// Checks that every name was met (UserError as at()).
  void run_until_complete(const std::function<void()>& network);

 private:
  std::map<std::string, at::Tensor> kept_;
  std::vector<std::string> offered_;  ///< names met, for suggestions
  size_t missing_ = 0;
  bool ends_early_ = false;
};

}  // namespace retort::nn
