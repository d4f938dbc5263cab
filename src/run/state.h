// A job's state on its way into and out of a checkpoint.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

namespace retort::run {

/// Collects named values; the checkpoint writes them in name order.
class StateWriter {
 public:
  void tensor(const std::string& name, const at::Tensor& value) { tensors_[name] = value; }
  void integer(const std::string& name, int64_t value) { texts_[name] = std::to_string(value); }
  void number(const std::string& name, double value);
  void text(const std::string& name, const std::string& value) { texts_[name] = value; }

  /// Takes over all of `part`, its names led by `prefix`: two of a kind, such as optimisers, in one job.
  void add(const std::string& prefix, const StateWriter& part);

  const std::map<std::string, at::Tensor>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& texts() const { return texts_; }

 private:
  std::map<std::string, at::Tensor> tensors_;
  std::map<std::string, std::string> texts_;
};

/// Gives them back; UserError that names the checkpoint and the entry when one is missing or malformed.
class StateReader {
 public:
  StateReader(std::string source, std::map<std::string, at::Tensor> tensors, std::map<std::string, std::string> texts);

  bool has(const std::string& name) const { return tensors_.count(name) + texts_.count(name) > 0; }
  at::Tensor tensor(const std::string& name) const;
  int64_t integer(const std::string& name) const;
  double number(const std::string& name) const;
  std::string text(const std::string& name) const;
  /// Copies a tensor into `target`, which stays where it lies; UserError with both shapes where they differ.
  void copy_into(const std::string& name, at::Tensor& target) const;
  /// What StateWriter::add() took over, under its own names again.
  StateReader part(const std::string& prefix) const;
  /// All tensors, and what leads the messages about them (the checkpoint's name).
  const std::map<std::string, at::Tensor>& tensors() const { return tensors_; }
  const std::string& source() const { return source_; }

 private:
  std::string source_;
  std::map<std::string, at::Tensor> tensors_;
  std::map<std::string, std::string> texts_;
};

}  // namespace retort::run
