#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/text.h"
#include "run/parity_contents.h"

namespace retort::run {

namespace {

const nlohmann::json& option_value(const nlohmann::json& options, const std::string& key) {
  const auto found = options.find(key);
  if (found == options.end()) user_error("option '{}' is missing", key);
  return *found;
}

double number_of(const nlohmann::json& value, const std::string& key) {
  if (!value.is_number()) user_error("option '{}' is {}; it should be a number", key, value.dump());
  return value.get<double>();
}

/// Some writers spell whole numbers as 4.0.
int64_t integer_of(const nlohmann::json& value, const std::string& key) {
  if (value.is_number_integer()) return value.get<int64_t>();
  const double number = number_of(value, key);
  if (number != std::floor(number) || std::abs(number) > 9e15) {
    user_error("option '{}' is {}; it should be a whole number", key, value.dump());
  }
  return static_cast<int64_t>(number);
}

std::string text_of(const nlohmann::json& value, const std::string& key) {
  if (!value.is_string()) user_error("option '{}' is {}; it should be a string", key, value.dump());
  return value.get<std::string>();
}

const nlohmann::json& list_of(const nlohmann::json& options, const std::string& key) {
  const auto& value = option_value(options, key);
  if (!value.is_array()) user_error("option '{}' is {}; it should be a list", key, value.dump());
  return value;
}

std::optional<at::Tensor> find_tensor(const std::map<std::string, at::Tensor>& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  return found == tensors.end() ? std::nullopt : std::optional(found->second);
}

at::Tensor need_tensor(const std::map<std::string, at::Tensor>& tensors, const std::string& name) {
  const auto found = find_tensor(tensors, name);
  if (!found) user_error("{} is missing", name);
  return *found;
}

}  // namespace

ParityCall::ParityCall(std::map<std::string, at::Tensor> tensors, const nlohmann::json& options)
    : contents_(std::make_unique<Contents>(Contents{std::move(tensors), options, at::kFloat, {}})) {
  for (const auto& [name, tensor] : contents_->tensors) {
    if (!tensor.is_floating_point()) continue;
    contents_->floating = tensor.scalar_type();
    break;
  }
}

ParityCall::~ParityCall() = default;

at::Tensor ParityCall::input(const std::string& name) const { return need_tensor(contents_->tensors, "in/" + name); }
at::Tensor ParityCall::state(const std::string& name) const { return need_tensor(contents_->tensors, "state/" + name); }

std::optional<at::Tensor> ParityCall::optional_input(const std::string& name) const {
  return find_tensor(contents_->tensors, "in/" + name);
}

std::optional<at::Tensor> ParityCall::optional_state(const std::string& name) const {
  return find_tensor(contents_->tensors, "state/" + name);
}

std::map<std::string, at::Tensor> ParityCall::states() const {
  constexpr std::string_view prefix = "state/";
  std::map<std::string, at::Tensor> states;
  for (const auto& [name, tensor] : contents_->tensors)
    if (name.starts_with(prefix)) states.emplace(name.substr(prefix.size()), tensor);
  return states;
}

bool ParityCall::has_option(const std::string& key) const {
  const auto found = contents_->options.find(key);
  return found != contents_->options.end() && !found->is_null();
}

double ParityCall::number(const std::string& key) const {
  return number_of(option_value(contents_->options, key), key);
}
int64_t ParityCall::integer(const std::string& key) const {
  return integer_of(option_value(contents_->options, key), key);
}
std::string ParityCall::text(const std::string& key) const {
  return text_of(option_value(contents_->options, key), key);
}

bool ParityCall::flag(const std::string& key) const {
  const auto& value = option_value(contents_->options, key);
  if (!value.is_boolean()) user_error("option '{}' is {}; it should be true or false", key, value.dump());
  return value.get<bool>();
}

double ParityCall::number(const std::string& key, double otherwise) const {
  return has_option(key) ? number(key) : otherwise;
}
int64_t ParityCall::integer(const std::string& key, int64_t otherwise) const {
  return has_option(key) ? integer(key) : otherwise;
}
bool ParityCall::flag(const std::string& key, bool otherwise) const { return has_option(key) ? flag(key) : otherwise; }

std::vector<double> ParityCall::numbers(const std::string& key) const {
  std::vector<double> values;
  for (const auto& value : list_of(contents_->options, key)) values.push_back(number_of(value, key));
  return values;
}

std::vector<int64_t> ParityCall::integers(const std::string& key) const {
  std::vector<int64_t> values;
  for (const auto& value : list_of(contents_->options, key)) values.push_back(integer_of(value, key));
  return values;
}

std::vector<std::string> ParityCall::texts(const std::string& key) const {
  std::vector<std::string> values;
  for (const auto& value : list_of(contents_->options, key)) values.push_back(text_of(value, key));
  return values;
}

at::TensorOptions ParityCall::floating() const { return at::TensorOptions().dtype(contents_->floating); }

void ParityCall::output(const std::string& name, const at::Tensor& value) {
  const bool added = contents_->outputs.emplace("out/" + name, value).second;
  RT_CHECK(added, "output '{}' is given twice", name);
}

}  // namespace retort::run
