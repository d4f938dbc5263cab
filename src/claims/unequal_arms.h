// Arms that are compared train alike, but for what the claim says.
#pragma once

#include <string>
#include <vector>

#include "core/options.h"

namespace retort::claims {

/// An arm as it is run.
struct PlannedArm {
  std::string name;
  std::string recipe;              ///< YAML, all of the claim's changes made
  std::vector<std::string> set;    ///< the changes that are this arm's own: "key.path=value"
  std::vector<OptionDoc> options;  ///< what its method declares, with the defaults
};

/// UserError led by `where` when an option under `data` or `train` (batches, epochs, rates, decay, augmentation ...)
/// differs between the arms and neither one's `set` names it: such a difference comes from recipes or defaults, unseen,
/// and would be measured as if it were the method's.
void refuse_unequal_arms(const PlannedArm& one, const PlannedArm& other, const std::string& where);

}  // namespace retort::claims
