#include "cli/unfinished_lift.h"

#include <spdlog/logger.h>

#include <utility>

#include "io/system_error.h"
#include "run/checkpoint.h"

namespace retort::cli {

namespace {
namespace fs = std::filesystem;
const std::string unfinished_lift_entry = "lift";
}  // namespace

UnfinishedLift::UnfinishedLift(const fs::path& output, std::string key) : folder_(output), key_(std::move(key)) {
  folder_ += ".unfinished";
}

void UnfinishedLift::resume(field::FeaturePhase& phase, spdlog::logger& log) const {
  const auto latest = run::load_latest_checkpoint(folder_);
  if (!latest) return;
  if (!latest->state.has(unfinished_lift_entry) || latest->state.text(unfinished_lift_entry) != key_) {
    log.warn("{}: left by a lift of another field, other maps or options; removed", folder_.string());
    remove();
    return;
  }
  phase.load(latest->state.tensors(), latest->state.source());
  log.info("resumed at step {} from {}", phase.steps_done(), folder_.string());
}

void UnfinishedLift::save(const field::FeaturePhase& phase) const {
  run::StateWriter writer;
  std::map<std::string, at::Tensor> tensors;
  phase.save(tensors);
  for (const auto& [name, tensor] : tensors) writer.tensor(name, tensor);
  writer.text(unfinished_lift_entry, key_);
  std::error_code error;
  fs::create_directory(folder_, error);
  if (error) io::raise_system_error(folder_, "can't be made", error.value());
  run::write_checkpoint(folder_, phase.steps_done(), writer);
}

void UnfinishedLift::remove() const {
  std::error_code error;
  fs::remove_all(folder_, error);  // a state that stays is told from another by its key
}

}  // namespace retort::cli
