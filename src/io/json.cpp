#include "io/json.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "core/errors.h"
#include "io/atomic_file.h"

namespace retort::io {
namespace {

constexpr int max_json_depth = 64;

// The library keeps the last of two equal keys without a word; a file that has them is damaged or means to deceive.
class JsonGuard {
 public:
  explicit JsonGuard(const std::string& name) : name_(name) {}

  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > max_json_depth) user_error("{}: the JSON is nested deeper than {} levels", name_, max_json_depth);
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end && !keys_.empty()) keys_.pop_back();
    if (event == Event::key && !keys_.empty() && !keys_.back().insert(parsed.get<std::string>()).second) {
      user_error("{}: the JSON has the key '{}' twice", name_, parsed.get<std::string>());
    }
    return true;
  }

 private:
  const std::string& name_;
  std::vector<std::set<std::string>> keys_;
};

}  // namespace

nlohmann::json parse_json(std::string_view text, const std::string& name) {
  JsonGuard guard(name);
  try {
    return nlohmann::json::parse(text, std::ref(guard));
  } catch (const nlohmann::json::exception& error) {
    user_error("{}: is no valid JSON: {}", name, error.what());
  }
}

nlohmann::json read_json(const std::filesystem::path& path, uint64_t max_bytes) {
  return parse_json(read_whole_file(path, max_bytes), path.string());
}

}  // namespace retort::io
