// What a stage does with the teacher or the student: hooks, modules added around it, what is trained.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "distil/model/torchdistill/network_words.h"

namespace retort::torchdistill {

struct StageModel {
  const NetworkWords* network = nullptr;
  bool is_teacher = false;
  bool is_given = false;                 ///< the stage has a section for it that is not empty
  bool trains = false;                   ///< the network itself, not only what is added to it
  std::vector<std::string> frozen = {};  ///< paths of its modules
  std::string wrapper = {};              ///< key of the auxiliary wrapper; empty: none
  /// Output of each module that the wrapper adds -> the tap that it works on.
  std::map<std::string, std::string> sources = {};
  std::map<std::string, double> numbers = {};  ///< what the wrapper was told: "rate", "dimensions"
  bool has_projector = false;                  ///< SRDModelWrapper with linear_kwargs
  int line = 0;
  std::string path = {};
};

/// Reads `section` strictly. Modules that a term of the loss brings along in retort are taken from the wrapper; others
/// are faults.
StageModel read_stage_model(Section section, const NetworkWords& network, bool is_teacher);

/// The part of read_stage_model() that reads the key auxiliary_model_wrapper.
void read_wrapper(Section& section, StageModel& model);

/// The tap of a hooked tensor, "." for the model's own output; through a wrapper's module to what it works on.
std::string hooked_tap(const StageModel& model, const std::string& module_path, const std::string& io, int line,
                       const std::string& path, Notes& notes);

}  // namespace retort::torchdistill
