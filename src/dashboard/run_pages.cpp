#include "dashboard/run_pages.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "run/checkpoint.h"
#include "run/metrics_tail.h"
#include "run/run_folder.h"
#include "run/run_record_json.h"
#include "run/run_recorder.h"

namespace retort::dashboard {

namespace {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr uint64_t most_recipe_bytes = 4 << 20;

// Names of files and messages may be no UTF-8.
std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json entry_of(const NamedRun& run) {
  try {
    const auto record = run::read_run_record(run.folder);
    const auto& description = record.description;
    return {{"name", run.name},
            {"family", description.family},
            {"method", description.method},
            {"state", run::name_of(record.state)},
            {"started_at", record.started_at},
            {"seconds", record.seconds},
            {"steps_done", record.steps_done},
            {"steps_planned", record.steps_planned},
            {"field", has_field(run.folder, description.family)},
            {"live", run::is_at_work(run.folder, record)},
            {"message", record.message}};
  } catch (const std::exception& error) {
    return {{"name", run.name}, {"family", ""},  {"method", ""},           {"state", "damaged"},
            {"started_at", ""}, {"seconds", 0},  {"steps_done", 0},        {"steps_planned", 0},
            {"field", false},   {"live", false}, {"message", error.what()}};
  }
}
}  // namespace

std::vector<NamedRun> find_runs(const fs::path& place) {
  std::vector<NamedRun> runs;
  if (run::is_run_folder(place)) {
    const auto folder = fs::canonical(place);
    runs.push_back({folder.filename().string(), folder});
    return runs;
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(place, error)) {
    if (entry.is_symlink(error) || !entry.is_directory(error) || !run::is_run_folder(entry.path())) continue;
    runs.push_back({entry.path().filename().string(), entry.path()});
  }
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return runs;
}

bool has_field(const fs::path& folder, const std::string& family) {
  if (family != "field") return false;
  std::error_code error;
  return fs::is_regular_file(folder / "field.safetensors", error) || !run::list_checkpoints(folder).empty();
}

std::string runs_json(const std::vector<NamedRun>& runs) {
  std::vector<Json> entries;
  for (const auto& run : runs) entries.push_back(entry_of(run));
  std::stable_sort(entries.begin(), entries.end(), [](const Json& a, const Json& b) {
    return a["started_at"].get_ref<const std::string&>() > b["started_at"].get_ref<const std::string&>();
  });
  return dumped(Json(entries));
}

std::string run_json(const NamedRun& run) {
  const auto record = run::read_run_record(run.folder);
  Json json = {{"name", run.name}};
  const auto fields = run::record_to_json(record);
  for (const auto& field : fields.items()) json[field.key()] = field.value();
  json["recipe"] = io::read_whole_file(run.folder / "recipe.yaml", most_recipe_bytes);
  json["field"] = has_field(run.folder, record.description.family);
  json["live"] = run::is_at_work(run.folder, record);
  json["pictures"] = Json::array();
  for (const auto& picture : run::list_pictures(run.folder)) {
    json["pictures"].push_back({{"title", picture.title},
                                {"step", picture.step},
                                {"path", picture.path.lexically_relative(run.folder).generic_string()}});
  }
  return dumped(json);
}

std::string curves_json(const NamedRun& run, uint64_t after) {
  const auto part = run::read_metrics_after(run.folder, after);
  auto points = Json::array();
  for (const auto& point : part.points) points.push_back({point.name, point.step, point.value, point.timing});
  return dumped({{"points", points}, {"next", part.next}, {"restarted", part.restarted}});
}

}  // namespace retort::dashboard
