#include "run/run_record_json.h"

#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "io/json_object.h"

namespace retort::run {

namespace {
constexpr RunState all_run_states[] = {RunState::running, RunState::finished, RunState::stopped, RunState::failed};

RunState run_state_named(const std::string& name, const std::string& file) {
  for (const auto state : all_run_states) {
    if (name == name_of(state)) return state;
  }
  user_error("{}: unknown state '{}'", file, name);
}
}  // namespace

const char* name_of(RunState state) {
  constexpr const char* names[] = {"running", "finished", "stopped", "failed"};
  return names[static_cast<int>(state)];
}

nlohmann::ordered_json product_to_json(const ProductRecord& product) {
  return {{"name", product.name},
          {"kind", product.kind},
          {"path", product.path},
          {"sha256", product.sha256},
          {"bytes", product.bytes}};
}

ProductRecord product_from_json(const nlohmann::json& json, const std::string& name) {
  io::JsonObject in(json, name);
  return {.name = in.text("name"),
          .kind = in.text("kind"),
          .path = in.text("path"),
          .sha256 = in.text("sha256"),
          .bytes = static_cast<uint64_t>(in.integer("bytes", 0))};
}

nlohmann::ordered_json record_to_json(const RunRecord& record) {
  const auto& description = record.description;
  nlohmann::ordered_json json = {
      {"state", name_of(record.state)},
      {"message", record.message},
      {"family", description.family},
      {"method", description.method},
      {"command", description.command},
      {"version", description.version},
      {"libtorch_version", record.libtorch_version},
      {"instruction_set", description.instruction_set},
      {"threads", description.threads},
      {"seed", description.seed},
      {"environment", record.environment},
      {"steps_done", record.steps_done},
      {"steps_planned", record.steps_planned},
      {"started_at", record.started_at},
      {"seconds", record.seconds},
      {"peak_memory_bytes", record.peak_memory_bytes},
      {"median_step_seconds", record.median_step_seconds},
      {"products", nlohmann::ordered_json::array()},
  };
  for (const auto& product : record.products) json["products"].push_back(product_to_json(product));
  return json;
}

RunRecord record_from_json(const nlohmann::json& json, const std::string& name) {
  RunRecord record;
  auto& description = record.description;
  try {
    record.state = run_state_named(json.at("state").get<std::string>(), name);
    json.at("message").get_to(record.message);
    json.at("family").get_to(description.family);
    json.at("method").get_to(description.method);
    json.at("command").get_to(description.command);
    json.at("version").get_to(description.version);
    json.at("libtorch_version").get_to(record.libtorch_version);
    json.at("instruction_set").get_to(description.instruction_set);
    json.at("threads").get_to(description.threads);
    json.at("seed").get_to(description.seed);
    json.at("environment").get_to(record.environment);
    json.at("steps_done").get_to(record.steps_done);
    json.at("steps_planned").get_to(record.steps_planned);
    json.at("started_at").get_to(record.started_at);
    json.at("seconds").get_to(record.seconds);
    json.at("peak_memory_bytes").get_to(record.peak_memory_bytes);
    record.median_step_seconds = json.value("median_step_seconds", 0.0);  // records of version 0.1.0 lack it
    for (const auto& entry : json.at("products")) {
      record.products.push_back(product_from_json(entry, name + ": products"));
    }
  } catch (const nlohmann::json::exception& error) {
    user_error("{}: is no record of a run ({}); restore the file or start the run anew", name, error.what());
  }
  return record;
}

}  // namespace retort::run
