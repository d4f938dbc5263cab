#include "io/json_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/errors.h"
#include "core/text.h"

namespace retort::io {
namespace {

constexpr size_t most_quoted_bytes = 60;  // of a value in a message

// What a bound adds to a message; nothing for the widest one.
std::string bound_text(size_t most, const char* of_what) {
  return most == JsonObject::any_size ? "" : fmt::format(" of at most {} {}", most, of_what);
}

template <class Number>
std::string range_text(Number low, Number high) {
  using Limits = std::numeric_limits<Number>;
  if (low == Limits::lowest() && high == Limits::max()) return "";
  return high == Limits::max() ? fmt::format(" from {}", low) : fmt::format(" from {} to {}", low, high);
}

}  // namespace

std::optional<double> json_number(const nlohmann::json& value, double low, double high) {
  if (!value.is_number()) return std::nullopt;
  const auto number = value.get<double>();
  return std::isfinite(number) && number >= low && number <= high ? std::optional(number) : std::nullopt;
}

JsonObject::JsonObject(const nlohmann::json& json, std::string place) : json_(json), place_(std::move(place)) {
  if (!json.is_object()) fail("should be a JSON object");
}

const nlohmann::json& JsonObject::at(const char* key) {
  const auto found = json_.find(key);
  if (found == json_.end()) fail(fmt::format("'{}' is missing", key));
  read_.insert(key);
  return *found;
}

const nlohmann::json* JsonObject::find(const char* key) { return json_.contains(key) ? &at(key) : nullptr; }

bool JsonObject::truth(const char* key) {
  const auto& value = at(key);
  if (!value.is_boolean()) fail(fmt::format("'{}' should be true or false", key));
  return value.get<bool>();
}

double JsonObject::number(const char* key, double low, double high) {
  const auto value = json_number(at(key), low, high);
  if (!value) fail(fmt::format("'{}' should be a number{}", key, range_text(low, high)));
  return *value;
}

int64_t JsonObject::integer(const char* key, int64_t low, int64_t high) {
  const auto& value = at(key);
  // Unsigned ones above 2^63 would come out negative.
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t(INT64_MAX)) &&
                    value.get<int64_t>() >= low && value.get<int64_t>() <= high;
  if (!fits) fail(fmt::format("'{}' should be a whole number{}", key, range_text(low, high)));
  return value.get<int64_t>();
}

std::string JsonObject::text(const char* key, size_t most_bytes) {
  const auto& value = at(key);
  if (!value.is_string() || value.get_ref<const std::string&>().size() > most_bytes) {
    fail(fmt::format("'{}' should be a text{}", key, bound_text(most_bytes, "bytes")));
  }
  return value.get<std::string>();
}

std::string JsonObject::choice(const char* key, const std::vector<std::string>& choices) {
  auto value = text(key);
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    fail(
        fmt::format("'{}' is '{}', should be one of {}", key, value.substr(0, most_quoted_bytes), join(choices, ", ")));
  }
  return value;
}

const nlohmann::json& JsonObject::list(const char* key, size_t most) {
  const auto& value = at(key);
  if (!value.is_array() || value.size() > most) {
    fail(fmt::format("'{}' should be a list{}", key, bound_text(most, "entries")));
  }
  return value;
}

std::vector<std::string> JsonObject::texts(const char* key, size_t most, size_t most_bytes) {
  std::vector<std::string> result;
  for (const auto& entry : list(key, most)) {
    if (!entry.is_string() || entry.get_ref<const std::string&>().size() > most_bytes) {
      fail(fmt::format("'{}' should hold texts{}", key, bound_text(most_bytes, "bytes")));
    }
    result.push_back(entry.get<std::string>());
  }
  return result;
}

JsonObject JsonObject::object(const char* key) { return {at(key), place_ + ": " + key}; }

void JsonObject::finish() const {
  for (const auto& entry : json_.items()) {
    if (read_.count(entry.key()) == 0) {
      fail(fmt::format("'{}' is not known here", entry.key().substr(0, most_quoted_bytes)));
    }
  }
}

void JsonObject::fail(const std::string& what) const { throw UserError(place_ + ": " + what); }

}  // namespace retort::io
