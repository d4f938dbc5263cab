#include "run/metrics_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/system_error.h"
#include "run/event_file.h"

namespace retort::run {

namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr double seconds_between_flushes = 1;
constexpr size_t flush_at_bytes = 1 << 16;
constexpr uint64_t max_metrics_bytes = uint64_t(1) << 31;
constexpr std::string_view timing_end = ",\"timing\":true}";

fs::path metrics_file(const fs::path& run_folder) { return run_folder / "metrics.jsonl"; }

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int open_for_appending(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor < 0) io::raise_system_error(path, "can't be written", errno);
  return descriptor;
}

void append_all(int descriptor, std::string& buffer, const fs::path& path) {
  for (size_t done = 0; done < buffer.size();) {
    const ssize_t written = write(descriptor, buffer.data() + done, buffer.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int reason = errno;
      buffer.clear();  // else the destructor would meet the same fault again
      io::raise_system_error(path, "can't be written", reason);
    }
    done += static_cast<size_t>(written);
  }
  buffer.clear();
}

void cut_file(int descriptor, uint64_t size, const fs::path& path) {
  if (ftruncate(descriptor, static_cast<off_t>(size)) != 0) io::raise_system_error(path, "can't be cut", errno);
}

// Calls visit(line, its parsed object, position behind it) for each whole line; damaged lines have a null object.
template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
  for (size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    end = text.find('\n', begin);
    if (end == std::string_view::npos) return;
    const auto line = text.substr(begin, end - begin);
    auto json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("step") || !json["step"].is_number_integer()) json = nullptr;
    if (!visit(line, json, end + 1)) return;
  }
}

std::optional<double> value_of(const Json& json) {
  const auto found = json.find("value");
  if (found == json.end()) return {};
  if (found->is_number()) return found->get<double>();
  if (*found == "inf") return INFINITY;
  if (*found == "-inf") return -INFINITY;
  return {};
}

std::string read_metrics_text(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error) ? io::read_whole_file(path, max_metrics_bytes) : "";
}
}  // namespace

MetricsLog::MetricsLog(const fs::path& run_folder)
    : metrics_path_(metrics_file(run_folder)),
      // TensorBoard looks for "tfevents" in the name; one file for all resumptions keeps its curves whole.
      events_path_(run_folder / "tensorboard" / "events.out.tfevents.0000000000.retort") {
  std::error_code error;
  fs::create_directory(run_folder / "tensorboard", error);  // failing shows, with its reason, when the file is opened
  metrics_descriptor_ = open_for_appending(metrics_path_);
  events_descriptor_ = open_for_appending(events_path_);
  events_size_ = fs::file_size(events_path_, error);
}

MetricsLog::~MetricsLog() {
  try {
    flush();
  } catch (const std::exception&) {
    // A run that got this far has said so already; curves are not worth a crash.
  }
  close(metrics_descriptor_);
  close(events_descriptor_);
}

void MetricsLog::point(int64_t step, const std::string& name, double value, bool timing) {
  const char* quote = std::isfinite(value) ? "" : "\"";
  fmt::format_to(std::back_inserter(metrics_buffer_), "{{\"step\":{},\"name\":{},\"value\":{}{}{}", step,
                 Json(name).dump(-1, ' ', false, Json::error_handler_t::replace), quote, value, quote);
  metrics_buffer_ += timing ? timing_end : "}";
  metrics_buffer_ += '\n';
  append_event(encode_scalar_event(step, wall_seconds(), name, static_cast<float>(value)));
}

void MetricsLog::append_event(std::string_view event) {
  if (events_size_ == 0) {
    const auto version = frame_event_record(encode_version_event(wall_seconds()));
    events_buffer_ += version;
    events_size_ += version.size();
  }
  const auto record = frame_event_record(event);
  events_buffer_ += record;
  events_size_ += record.size();
  if (metrics_buffer_.size() + events_buffer_.size() >= flush_at_bytes || steady_seconds() >= next_flush_) flush();
}

void MetricsLog::scalar(int64_t step, const std::string& name, double value) { point(step, name, value, false); }

void MetricsLog::timing(int64_t step, const std::string& name, double value) { point(step, name, value, true); }

void MetricsLog::image(int64_t step, const std::string& name, int width, int height, int channels,
                       std::string_view png) {
  append_event(encode_image_event(step, wall_seconds(), name, width, height, channels, png));
}

void MetricsLog::mark_checkpoint(int64_t step) {
  metrics_buffer_ +=
      fmt::format("{{\"step\":{},\"checkpoint\":true,\"events_bytes\":{}{}\n", step, events_size_, timing_end);
  flush();
}

void MetricsLog::rewind_to_checkpoint(int64_t step) {
  flush();
  const auto text = step > 0 ? read_metrics_text(metrics_path_) : "";
  std::optional<uint64_t> cut, events_cut;
  std::string earlier;  // what is kept when the mark is lost
  for_each_line(text, [&](std::string_view line, const Json& json, size_t behind) {
    if (json.is_null() || json["step"] > step) return true;
    if (json["step"] == step && json.contains("checkpoint")) {
      const auto events_bytes = json.find("events_bytes");
      cut = behind;
      events_cut = events_bytes != json.end() && events_bytes->is_number_unsigned() ? events_bytes->get<uint64_t>() : 0;
      return false;
    }
    earlier.append(line) += '\n';
    return true;
  });
  if (events_cut.value_or(0) > events_size_) events_cut = 0;
  events_size_ = events_cut.value_or(0);
  cut_file(events_descriptor_, events_size_, events_path_);
  cut_file(metrics_descriptor_, cut.value_or(0), metrics_path_);
  if (!cut) metrics_buffer_ = std::move(earlier);
  flush();
}

void MetricsLog::flush() {
  append_all(metrics_descriptor_, metrics_buffer_, metrics_path_);
  append_all(events_descriptor_, events_buffer_, events_path_);
  next_flush_ = steady_seconds() + seconds_between_flushes;
}

std::vector<Curve> read_curves(const fs::path& run_folder) {
  std::map<std::string, Curve> curves;
  const auto text = read_metrics_text(metrics_file(run_folder));
  for_each_line(text, [&](std::string_view, const Json& json, size_t) {
    if (json.is_null() || !json.contains("name") || !json["name"].is_string()) return true;
    if (const auto value = value_of(json)) {
      auto& curve = curves[json["name"].get<std::string>()];
      curve.timing = json.contains("timing");
      curve.steps.push_back(json["step"].get<int64_t>());
      curve.values.push_back(*value);
    }
    return true;
  });
  std::vector<Curve> ordered;
  for (auto& [name, curve] : curves) {
    curve.name = name;
    ordered.push_back(std::move(curve));
  }
  return ordered;
}

std::string comparable_metrics(const fs::path& run_folder) {
  std::string kept;
  const auto text = read_metrics_text(metrics_file(run_folder));
  for_each_line(text, [&](std::string_view line, const Json&, size_t) {
    if (!line.ends_with(timing_end)) kept.append(line) += '\n';
    return true;
  });
  return kept;
}

}  // namespace retort::run
