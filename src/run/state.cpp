#include "run/state.h"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>

#include "core/errors.h"
#include "core/text.h"

namespace retort::run {

void StateWriter::number(const std::string& name, double value) {
  // The shortest text that reads back to the same bits; NaN's sign and payload don't matter.
  texts_[name] = std::isnan(value) ? "nan" : fmt::format("{}", value);
}

void StateWriter::add(const std::string& prefix, const StateWriter& part) {
  for (const auto& [name, value] : part.tensors_) tensors_[prefix + name] = value;
  for (const auto& [name, value] : part.texts_) texts_[prefix + name] = value;
}

StateReader::StateReader(std::string source, std::map<std::string, at::Tensor> tensors,
                         std::map<std::string, std::string> texts)
    : source_(std::move(source)), tensors_(std::move(tensors)), texts_(std::move(texts)) {}

at::Tensor StateReader::tensor(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    user_error("{}: holds no tensor '{}'; the checkpoint belongs to another recipe or version", source_, name);
  }
  return found->second;
}

void StateReader::copy_into(const std::string& name, at::Tensor& target) const {
  const auto saved = tensor(name);
  if (saved.sizes() != target.sizes()) {
    user_error("{}: '{}' has the shape [{}], this job's has [{}]; the checkpoint belongs to another recipe or version",
               source_, name, fmt::join(saved.sizes(), ","), fmt::join(target.sizes(), ","));
  }
  const at::NoGradGuard no_grad;
  target.copy_(saved);
}

StateReader StateReader::part(const std::string& prefix) const {
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : tensors_) {
    if (name.starts_with(prefix)) tensors[name.substr(prefix.size())] = value;
  }
  for (const auto& [name, value] : texts_) {
    if (name.starts_with(prefix)) texts[name.substr(prefix.size())] = value;
  }
  return {source_, std::move(tensors), std::move(texts)};
}

std::string StateReader::text(const std::string& name) const {
  const auto found = texts_.find(name);
  if (found == texts_.end()) {
    user_error("{}: holds no entry '{}'; the checkpoint belongs to another recipe or version", source_, name);
  }
  return found->second;
}

int64_t StateReader::integer(const std::string& name) const {
  const auto value = text(name);
  int64_t number = 0;
  if (!parse_integer(value, number)) user_error("{}: entry '{}' is '{}', not a whole number", source_, name, value);
  return number;
}

double StateReader::number(const std::string& name) const {
  const auto value = text(name);
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    user_error("{}: entry '{}' is '{}', not a number", source_, name, value);
  }
  return number;
}

}  // namespace retort::run
