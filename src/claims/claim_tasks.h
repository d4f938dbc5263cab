// What a claim asks to be done: one task for each need and for each arm with each seed.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "claims/claim.h"
#include "claims/task.h"
#include "core/registries.h"

namespace retort::claims {

/// Finds a recipe by name or file; throws UserError for unknown ones.
using RecipeFinder = std::function<std::filesystem::path(const std::string&)>;

/// All tasks in the order in which they are done: seed by seed, needs first; the arms in turn forwards and backwards,
/// so that a machine that grows slower or faster treats all arms alike. Values of `set` and words of commands may say
/// $seed, $folder (the task's own) and $<need> (that need's folder). `folder` is where everything is to lie.
/// UserError for a $name that means nothing, a recipe that can't be found, one of another method than it should be
/// known, an option that its method does not have, or arms that are compared but train unalike without the claim saying
/// so (unequal_arms.h); the message names the claim.
std::vector<Task> plan_tasks(const Claim& claim, const std::filesystem::path& folder, const RecipeFinder& find_recipe,
                             const Registries& registries);

}  // namespace retort::claims
