// The named tensors a network runs on.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace retort::nn {

/// Named tensors, those that learn and those that are only kept (running statistics) apart. Names are the ecosystem's
/// ("layer1.0.conv1.weight").
struct Weights {
  std::map<std::string, at::Tensor> parameters;
  std::map<std::string, at::Tensor> buffers;
  /// Names of the parameters in the order of the network's layers; empty for weights that were read from a file.
  std::vector<std::string> parameter_order = {};
  std::string origin = "weights";  ///< file or run they come from; leads messages

  /// Parameter or buffer of that name; undefined when there is none.
  at::Tensor find(const std::string& name) const;
  /// Its shape; UserError that names the origin and the nearest name when there is none.
  std::vector<int64_t> shape_of(const std::string& name) const;
  std::vector<std::string> names() const;
};

/// Reads a file of any format of io/array_file.h (safetensors, PyTorch checkpoint ...); floating tensors become float32
/// whatever they were stored as. With a `prefix` ("features.") only tensors whose names begin so are taken, and only
/// they cost memory. Names ending in running_mean, running_var or num_batches_tracked are buffers. UserError when the
/// file is damaged or holds no such tensor.
Weights load_weights(const std::filesystem::path& file, std::string_view prefix = "");

/// Named tensors sorted into parameters and buffers by load_weights()' rule.
Weights weights_from(std::map<std::string, at::Tensor> tensors, std::string origin);

/// Parameters and buffers together, as a file has them: detached, in the same memory.
std::map<std::string, at::Tensor> named_tensors(const Weights& weights);

/// Detached copies, so that one may be trained without touching the other.
Weights copy_of(const Weights& weights);

/// How many numbers all parameters hold.
int64_t parameter_count(const Weights& weights);

/// All parameters one behind the other in `parameter_order`: [P]. Differentiable.
at::Tensor flat_parameters(const Weights& weights);

/// The same names and shapes as `like`, parameters being views of `flat` [P] (leaf or not, of any floating type) in the
/// order of `like.parameter_order`, buffers shared with `like`. Fault when the sizes differ.
Weights weights_on(const at::Tensor& flat, const Weights& like);

/// How given weights differ from what a network asks for.
struct WeightDifferences {
  std::vector<std::string> missing, unexpected, misshapen;  ///< `misshapen`: "name: [2,3], wanted [2,4]"
  bool none() const { return missing.empty() && unexpected.empty() && misshapen.empty(); }
};
WeightDifferences compare_weights(const Weights& given, const Weights& wanted);

/// Weights to run a network on that was created as `wanted`: `given` where names and shapes agree. UserError with all
/// three lists of differences otherwise; counters may be missing.
Weights matched_weights(const Weights& given, const Weights& wanted);

}  // namespace retort::nn
