// run.json: the record of a run as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "run/run_folder.h"

namespace retort::run {

/// One entry of its products.
nlohmann::ordered_json product_to_json(const ProductRecord& product);
ProductRecord product_from_json(const nlohmann::json& json, const std::string& name);

nlohmann::ordered_json record_to_json(const RunRecord& record);

/// `name` leads the UserError when a key is missing or of the wrong type.
RunRecord record_from_json(const nlohmann::json& json, const std::string& name);

}  // namespace retort::run
