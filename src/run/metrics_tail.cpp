#include "run/metrics_tail.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "core/errors.h"

namespace retort::run {

namespace {
std::optional<MetricsPoint> point_of(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto name = json.find("name"), step = json.find("step"), value = json.find("value");
  if (name == json.end() || step == json.end() || value == json.end()) return std::nullopt;
  if (!name->is_string() || !step->is_number_integer() || !value->is_number()) return std::nullopt;
  const auto timing = json.find("timing");
  MetricsPoint point{.name = name->get<std::string>(),
                     .step = step->get<int64_t>(),
                     .value = value->get<double>(),
                     .timing = timing != json.end() && timing->is_boolean() && timing->get<bool>()};
  if (!std::isfinite(point.value)) return std::nullopt;
  return point;
}
}  // namespace

MetricsPart read_metrics_after(const std::filesystem::path& run_folder, uint64_t after, uint64_t most_bytes) {
  MetricsPart part{.points = {}, .next = after};
  const auto file = run_folder / "metrics.jsonl";
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return {};
  if (size < part.next) part = {.points = {}, .next = 0, .restarted = true};
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(part.next));
  std::string text(std::min<uint64_t>(size - part.next, most_bytes), '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) fault("{}: can't be read", file.string());
  text.resize(static_cast<size_t>(std::max<std::streamsize>(0, stream.gcount())));
  const auto last_end = text.rfind('\n');
  if (last_end == std::string::npos) {
    // A line without an end that fills all there is room for is damage; it must not stop us for ever.
    if (text.size() == most_bytes) part.next += text.size();
    return part;
  }
  for (size_t begin = 0; begin <= last_end;) {
    const auto end = text.find('\n', begin);
    if (auto point = point_of(std::string_view(text).substr(begin, end - begin))) {
      part.points.push_back(std::move(*point));
    }
    begin = end + 1;
  }
  part.next += last_end + 1;
  return part;
}

}  // namespace retort::run
