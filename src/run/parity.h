// What a parity function sees of one golden file, and the runner behind `retort parity` (docs/design/parity.md).
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/registries.h"

namespace retort::run {

/// Inputs, weights and options of one golden file; collects the outputs. Floating tensors come in the dtype asked for
/// (float32, or float64 with --dtype float64), as leaves that require gradients where the file stores `grad/`.
class ParityCall {
 public:
  ParityCall(std::map<std::string, at::Tensor> tensors, const nlohmann::json& options);
  ~ParityCall();

  /// in/NAME; UserError when the file lacks it.
  at::Tensor input(const std::string& name) const;
  std::optional<at::Tensor> optional_input(const std::string& name) const;
  /// state/NAME: weights by the names of the original state dictionary.
  at::Tensor state(const std::string& name) const;
  std::optional<at::Tensor> optional_state(const std::string& name) const;
  /// All of them, by their names without "state/".
  std::map<std::string, at::Tensor> states() const;

  bool has_option(const std::string& key) const;  ///< present and not null
  double number(const std::string& key) const;
  double number(const std::string& key, double otherwise) const;
  int64_t integer(const std::string& key) const;
  int64_t integer(const std::string& key, int64_t otherwise) const;
  bool flag(const std::string& key) const;
  bool flag(const std::string& key, bool otherwise) const;
  std::string text(const std::string& key) const;
  std::vector<double> numbers(const std::string& key) const;
  std::vector<int64_t> integers(const std::string& key) const;
  std::vector<std::string> texts(const std::string& key) const;

  /// The device-independent floating dtype of this run as an empty tensor's options (for functions without inputs).
  at::TensorOptions floating() const;

  void output(const std::string& name, const at::Tensor& value);

 private:
  friend class ParityRunner;
  struct Contents;
  std::unique_ptr<Contents> contents_;
};

enum class ParityDtype { as_stored, float64 };

struct ParityOutcome {
  enum class Kind { passed, failed, skipped } kind = Kind::failed;
  std::string line;  ///< what `retort parity` prints for the file
};

/// Runs one golden file. Never throws for what the file holds: an unknown function, a wrong name, dtype or shape is a
/// failed outcome that says so.
ParityOutcome run_parity_file(const Registries& registries, const std::filesystem::path& file, ParityDtype dtype);

}  // namespace retort::run
