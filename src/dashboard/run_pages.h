// What a page is told of run folders: the list, one run, and its curves as they grow.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace retort::dashboard {

/// A run and its name in addresses.
struct NamedRun {
  std::string name;
  std::filesystem::path folder;
};

/// The run itself where `place` is a run folder, else the run folders just below it, by name. Links are followed only
/// for `place` itself.
std::vector<NamedRun> find_runs(const std::filesystem::path& place);

/// [{name, family, method, state, started_at, seconds, steps_done, steps_planned, field, live}], the newest first. A
/// run whose record is damaged has the state "damaged" and a message.
std::string runs_json(const std::vector<NamedRun>& runs);

/// The record with recipe, products, pictures and message. UserError for damaged records.
std::string run_json(const NamedRun& run);

/// {points: [[name, step, value, timing]...], next, restarted} from byte `after` of the curves on.
std::string curves_json(const NamedRun& run, uint64_t after);

/// Whether a field can be opened: a finished one, or the checkpoint of a field's training.
bool has_field(const std::filesystem::path& folder, const std::string& family);

}  // namespace retort::dashboard
