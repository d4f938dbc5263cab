#include "distil/model/torchdistill/stage_model.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.h"

namespace retort::torchdistill {

namespace {
const std::vector<std::string> forward_procs = {"forward_all", "forward_batch_only", "forward_batch_target",
                                                "forward_batch_supp_dict", "forward_batch4sskd"};

/// Names under which wrappers keep the network that they wrap.
std::string without_root(const StageModel& model, const std::string& module_path) {
  if (model.wrapper.empty()) return module_path;
  for (const char* root : {"teacher_model", "student_model", "model"}) {
    if (module_path == root) return ".";
    if (module_path.starts_with(std::string(root) + ".")) return module_path.substr(std::string(root).size() + 1);
  }
  return module_path;
}

/// frozen_modules: the network's own root freezes all of it.
void read_frozen(Section& section, bool requires_grad, StageModel& model) {
  model.trains = requires_grad && model.wrapper != "EmptyModule";
  for (const auto& module_path : section.texts("frozen_modules")) {
    const auto inner = without_root(model, module_path);
    if (inner == ".") {
      model.trains = false;
    } else if (inner.starts_with("instance(")) {
      section.fault("frozen_modules", fmt::format("'{}' has no counterpart; name the modules", inner));
    } else if (!model.is_teacher) {
      model.frozen.push_back(tap_of(*model.network, inner, "output", section.line_of("frozen_modules"),
                                    section.path_of("frozen_modules"), section.notes()));
    }
  }
}

void read_redesign(Section& section, const StageModel& model) {
  const auto sequence = section.texts("sequential");
  if (!sequence.empty()) {
    const bool adds = std::any_of(sequence.begin(), sequence.end(), [](const auto& s) { return s.starts_with('+'); });
    if (adds) section.fault("sequential", "modules of one's own between the layers have no counterpart");
    section.notes().left_out(
        section.line_of("sequential"), section.path_of("sequential"),
        fmt::format("the {} runs no further than its last tap anyway", model.is_teacher ? "teacher" : "student"));
  }
  if (const Value* adaptations = section.find("adaptations"); adaptations && !adaptations->entries.empty()) {
    section.fault("adaptations", "modules of one's own have no counterpart; terms of the loss bring theirs along");
  }
}

/// Paths that are hooked must be modules; which of them count, the loss says.
void read_hooks(Section& section, const StageModel& model) {
  auto hooks = section.section("forward_hook");
  for (const char* io : {"input", "output"}) {
    for (const auto& module_path : hooks.texts(io)) {
      if (module_path == "empty" && model.wrapper == "Linear4CRD") continue;
      hooked_tap(model, module_path, io, hooks.line_of(io), hooks.path_of(io), hooks.notes());
    }
  }
  hooks.finish();
}
}  // namespace

StageModel read_stage_model(Section section, const NetworkWords& network, bool is_teacher) {
  StageModel model{.network = &network, .is_teacher = is_teacher, .line = section.line(), .path = section.path()};
  model.is_given = !section.value().entries.empty();
  if (!model.is_given) return model;
  const auto proc = section.text("forward_proc", "forward_batch_only");
  if (std::find(forward_procs.begin(), forward_procs.end(), proc) == forward_procs.end()) {
    section.fault("forward_proc", fmt::format("'{}' has no counterpart for pictures with one class{}", proc,
                                              did_you_mean(proc, forward_procs)));
  }
  const bool requires_grad = section.flag("requires_grad", true);
  read_wrapper(section, model);
  read_frozen(section, requires_grad, model);
  read_redesign(section, model);
  read_hooks(section, model);
  section.leave_out("wrapper", "one process trains on all cores: there is nothing to distribute");
  if (section.find("src_ckpt")) section.fault("src_ckpt", "weights are loaded once: give models.*.src_ckpt");
  section.leave_out("dst_ckpt", "a run keeps its own checkpoints");
  section.finish();
  return model;
}

std::string hooked_tap(const StageModel& model, const std::string& module_path, const std::string& io, int line,
                       const std::string& path, Notes& notes) {
  if (const auto source = model.sources.find(module_path); source != model.sources.end()) return source->second;
  const auto inner = without_root(model, module_path);
  if (inner == ".") return ".";
  if (inner.starts_with('+')) {
    notes.fault(line, path, fmt::format("'{}': redesigned models have no counterpart", module_path));
    return "";
  }
  return tap_of(*model.network, inner, io, line, path, notes);
}

}  // namespace retort::torchdistill
