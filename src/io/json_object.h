// One JSON object whose keys are read by name, each with its type and range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace retort::io {

/// Keys of an object from outside. What is missing, of another kind or out of range is a UserError led by the object's
/// place: "message: 'width' should be a whole number from 1 to 4096".
class JsonObject {
 public:
  static constexpr size_t any_size = std::numeric_limits<size_t>::max();

  /// `json` must outlive it. UserError when it is no object.
  JsonObject(const nlohmann::json& json, std::string place);

  const nlohmann::json& at(const char* key);
  /// Null when the key isn't there.
  const nlohmann::json* find(const char* key);

  bool truth(const char* key);
  /// A number in [low, high]; always finite.
  double number(const char* key, double low = std::numeric_limits<double>::lowest(),
                double high = std::numeric_limits<double>::max());
  /// A number written without a point, in [low, high].
  int64_t integer(const char* key, int64_t low = std::numeric_limits<int64_t>::min(),
                  int64_t high = std::numeric_limits<int64_t>::max());
  std::string text(const char* key, size_t most_bytes = any_size);
  std::string choice(const char* key, const std::vector<std::string>& choices);
  /// A list of at most `most` entries of any kind.
  const nlohmann::json& list(const char* key, size_t most = any_size);
  std::vector<std::string> texts(const char* key, size_t most = any_size, size_t most_bytes = any_size);
  /// The object under a key; its place is this one's, with the key behind.
  JsonObject object(const char* key);

  /// UserError for the first key that nobody has asked for.
  void finish() const;
  /// UserError "<place>: <what>".
  [[noreturn]] void fail(const std::string& what) const;
  const std::string& place() const { return place_; }

 private:
  const nlohmann::json& json_;
  std::string place_;
  std::set<std::string> read_;
};

/// The value when it is a finite number in [low, high].
std::optional<double> json_number(const nlohmann::json& value, double low, double high);

}  // namespace retort::io
