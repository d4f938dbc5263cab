#include "distil/field/teachers/teacher_record.h"

#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "distil/field/teachers/coded_maps.h"
#include "distil/field/teachers/map_file.h"
#include "distil/field/teachers/teacher_network.h"
#include "io/atomic_file.h"
#include "io/json.h"

namespace retort::field {

namespace {
using OrderedJson = nlohmann::ordered_json;

constexpr const char* record_name = "teacher.json";

/// What must agree between the maps of one folder.
OrderedJson facts_of(const TeacherRecord& record) {
  OrderedJson facts;
  facts["version"] = 1;
  facts["network"] = record.network;
  facts["weights_sha256"] = record.weights_sha256;
  facts["longest_side"] = record.longest_side;
  facts["stride"] = teacher_stride;
  facts["normalisation"] = "pixel / 127.5 - 1";
  facts["map_format"] = record.map_format;
  for (const auto& output : record.outputs)
    facts["outputs"].push_back({{"folder", output.folder}, {"channels", output.channels}, {"meaning", output.meaning}});
  return facts;
}
}  // namespace

void TeacherRecord::write(const std::filesystem::path& folder) const {
  auto content = facts_of(*this);
  content["weights_file"] = weights_file;
  io::write_whole_file(folder / record_name, content.dump(2) + "\n");
}

void TeacherRecord::require_same(const std::filesystem::path& folder) const {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) return;
  if (has_coded_maps(folder))
    user_error("{}: has coded maps, which are not added to; name another output folder", folder.string());
  const auto file = folder / record_name;
  if (!std::filesystem::exists(file, ignored)) {
    if (!MapFolder(folder).empty())
      user_error("{}: has teacher maps but no {} that says how they were made; name another output folder",
                 folder.string(), record_name);
    return;
  }
  const auto found = io::read_json(file, 1 << 20);
  if (!found.is_object()) user_error("{}: is no record of a teacher; name another output folder", file.string());
  const nlohmann::json wanted = facts_of(*this);
  for (const auto& [key, value] : wanted.items()) {
    const auto there = found.find(key);
    if (there == found.end() || *there != value)
      user_error("{}: its maps were made with {} = {}, this run has {}; name another output folder or remove this one",
                 file.string(), key, there == found.end() ? "(nothing)" : there->dump(), value.dump());
  }
}

}  // namespace retort::field
