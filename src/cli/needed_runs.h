// Runs that a recipe needs ("needs: {teacher: teacher.yaml}"): which there are, in what order, and how far they are.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/recipe.h"

namespace retort::cli {

enum class NeedState { finished, unfinished, missing };

struct NeededRun {
  std::string name;              ///< under which recipes refer to it: run:NAME#PRODUCT
  std::filesystem::path folder;  ///< runs/NAME
  Recipe recipe;
  NeedState state = NeedState::missing;

  /// One line: "needs teacher: runs/teacher is missing and is run first, from teacher.yaml".
  std::string description() const;
};

/// All runs that the recipe needs, and those that these need in turn, each once, in the order in which they can be
/// made. A recipe is looked for beside the one that needs it, then as given, then among the shipped ones. UserError
/// when a recipe is absent, recipes need each other in a circle, one name stands for two recipes, or the folder holds a
/// run of another method than the recipe's.
std::vector<NeededRun> plan_needed_runs(const Recipe& recipe, const std::filesystem::path& runs_root,
                                        const std::filesystem::path& shipped_recipes);

/// A copy that finds the recipes it needs from anywhere: files by their absolute paths. What a run folder keeps.
Recipe with_settled_needs(const Recipe& recipe, const std::filesystem::path& shipped_recipes);

/// UserError when a run would be made in the folder of one that it needs.
void refuse_own_folder(const std::vector<NeededRun>& needs, const std::filesystem::path& output);

}  // namespace retort::cli
