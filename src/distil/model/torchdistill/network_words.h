// Networks of a torchdistill file, and paths of their modules.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "distil/model/torchdistill/section.h"

namespace retort::torchdistill {

/// How a network's modules are called here.
enum class PathStyle { same, cifar_resnet, imagenet_resnet, wide_resnet };

struct NetworkWords {
  std::string name = {};     ///< as `retort list networks` has it; empty: none
  std::string weights = {};  ///< file; empty: fresh
  int64_t classes = 0;       ///< 0: not said
  PathStyle style = PathStyle::same;
  std::vector<int64_t> blocks = {};  ///< of each stage, for paths with -1
  int line = 0;
};

/// models.teacher_model, models.student_model or models.model. Faults for networks and arguments without a counterpart.
NetworkWords read_network(Section model, bool is_teacher);

/// Path of a module ("layer1.-1.relu") as a tap of the network: "layer1.1.relu"; `io` is input or output. The fault for
/// paths of no module is noted at `line`.
std::string tap_of(const NetworkWords& network, const std::string& module_path, const std::string& io, int line,
                   const std::string& path, Notes& notes);

}  // namespace retort::torchdistill
