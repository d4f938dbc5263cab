#include "run/checkpoint.h"

#include <zlib.h>

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"
#include "io/safetensors.h"
#include "io/tensor/tensor_io.h"

namespace retort::run {

namespace {
namespace fs = std::filesystem;

// The runner's own entries; a job's names never begin so.
const std::string step_key = "retort.step", checksum_key = "retort.checksum", format_key = "retort.checkpoint";
const std::string format_version = "1";

fs::path checkpoint_folder(const fs::path& run_folder) { return run_folder / "checkpoints"; }

std::string checkpoint_name(int64_t step) { return fmt::format("step_{:09}.safetensors", step); }

std::optional<int64_t> step_of_name(const std::string& name) {
  constexpr std::string_view prefix = "step_", suffix = ".safetensors";
  int64_t step = 0;
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() <= prefix.size() + suffix.size()) return {};
  const auto digits = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  if (!parse_integer(digits, step) || step < 0) return {};
  return step;
}

uLong checksum_text(uLong sum, const std::string& text) {
  // The end mark keeps ("ab", "c") apart from ("a", "bc").
  return crc32_z(sum, reinterpret_cast<const Bytef*>(text.c_str()), text.size() + 1);
}

// CRC-32 over all names and values in name order, the step included.
std::string state_checksum(const io::NamedArrays& tensors, const io::StringMap& texts) {
  uLong sum = crc32_z(0, nullptr, 0);
  for (const auto& [name, array] : tensors) {
    sum = checksum_text(sum, name);
    sum = checksum_text(sum, io::name_of(array.dtype) + io::shape_text(array.shape));
    sum = crc32_z(sum, array.bytes().data(), array.bytes().size());
  }
  for (const auto& [name, text] : texts) {
    if (name != checksum_key) sum = checksum_text(checksum_text(sum, name), text);
  }
  return fmt::format("{:08x}", sum);
}
}  // namespace

std::vector<CheckpointFile> list_checkpoints(const fs::path& run_folder) {
  std::vector<CheckpointFile> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(checkpoint_folder(run_folder), error)) {
    if (const auto step = step_of_name(entry.path().filename().string())) files.push_back({entry.path(), *step});
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.step > b.step; });
  return files;
}

void write_checkpoint(const fs::path& run_folder, int64_t step, const StateWriter& state) {
  for (const auto& [name, text] : state.texts()) {
    RT_CHECK(!name.starts_with("retort."), "checkpoint: the name '{}' is reserved", name);
  }
  const auto tensors = io::to_arrays(state.tensors());
  io::StringMap texts = state.texts();
  texts[step_key] = fmt::format("{}", step);
  texts[format_key] = format_version;
  texts[checksum_key] = state_checksum(tensors, texts);
  const auto folder = checkpoint_folder(run_folder);
  std::error_code error;
  fs::create_directory(folder, error);  // failing shows, with its reason, in the next line
  io::write_safetensors(folder / checkpoint_name(step), tensors, texts);

  int kept = 0;
  for (const auto& file : list_checkpoints(run_folder)) {
    if (file.step > step || ++kept > 2) fs::remove(file.path, error);
  }
}

StateReader read_checkpoint(const CheckpointFile& file) {
  auto content = io::read_safetensors(file.path);
  auto& texts = content.metadata;
  if (texts[format_key] != format_version) {
    user_error("{}: is no checkpoint of this version (format '{}', expected '{}')", file.path.string(),
               texts[format_key], format_version);
  }
  if (texts[checksum_key] != state_checksum(content.tensors, texts) || texts[step_key] != std::to_string(file.step)) {
    user_error("{}: the checksum does not match, the file is damaged", file.path.string());
  }
  for (const auto& key : {step_key, checksum_key, format_key}) texts.erase(key);
  return {file.path.string(), io::to_tensors(content.tensors), std::move(texts)};
}

std::optional<LatestCheckpoint> load_latest_checkpoint(const fs::path& run_folder) {
  std::vector<std::string> warnings;
  for (const auto& file : list_checkpoints(run_folder)) {
    try {
      return LatestCheckpoint{file, read_checkpoint(file), warnings};
    } catch (const UserError& error) {
      warnings.push_back(error.what());
    }
  }
  if (!warnings.empty()) user_error("{}\nno checkpoint is whole; start the run anew", join(warnings, "\n"));
  return {};
}

void remove_partial_checkpoints(const fs::path& run_folder) {
  std::error_code error;
  std::vector<fs::path> partial;
  for (const auto& entry : fs::directory_iterator(checkpoint_folder(run_folder), error)) {
    if (entry.path().extension() == ".partial") partial.push_back(entry.path());
  }
  for (const auto& path : partial) fs::remove(path, error);
}

}  // namespace retort::run
