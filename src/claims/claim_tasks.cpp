#include "claims/claim_tasks.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "claims/known_option.h"
#include "claims/unequal_arms.h"
#include "core/text.h"

namespace retort::claims {

namespace {
namespace fs = std::filesystem;
using Meanings = std::map<std::string, std::string>;

bool is_name_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) || letter == '_' || letter == '-';
}

// $name -> what it means; `where` leads the message.
std::string with_meanings(const std::string& text, const Meanings& meanings, const std::string& where) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      result += text[at++];
      continue;
    }
    size_t end = at + 1;
    while (end < text.size() && is_name_letter(text[end])) ++end;
    const auto name = text.substr(at + 1, end - at - 1);
    const auto found = meanings.find(name);
    if (found == meanings.end()) {
      std::vector<std::string> known;
      for (const auto& [key, value] : meanings) known.push_back(key);
      user_error("{}: '{}': ${} means nothing here{}; known: ${}", where, text, name, did_you_mean(name, known),
                 join(known, ", $"));
    }
    result += found->second;
    at = end;
  }
  return result;
}

class Planner {
 public:
  Planner(const Claim& claim, const fs::path& folder, const RecipeFinder& find_recipe, const Registries& registries)
      : claim_(claim),
        folder_(fs::absolute(folder).lexically_normal()),
        find_recipe_(find_recipe),
        registries_(registries) {}

  std::vector<Task> plan() {
    registries_.methods.get(claim_.head.method);
    for (int64_t seed = 0; seed < claim_.head.seeds; ++seed) {
      Meanings meanings = shared_;
      meanings["seed"] = std::to_string(seed);
      for (const auto& [name, need] : claim_.needs) add_need(name, need, seed, meanings);
      auto arms = claim_.arms;
      if (seed % 2 == 1) std::reverse(arms.begin(), arms.end());
      for (const auto& [name, arm] : arms) add_arm(name, arm, seed, meanings);
    }
    refuse_unequal_comparisons();
    return std::move(tasks_);
  }

 private:
  std::string place(const char* section, const std::string& name) const {
    return fmt::format("{}: {}.{}", claim_.file.string(), section, name);
  }

  void add_need(const std::string& name, const Need& need, int64_t seed, Meanings& meanings) {
    if (meanings.contains(name)) return;  // made once, for an earlier seed
    Task task{.name = need.each_seed ? fmt::format("{}-seed{}", name, seed) : name, .source = name, .seed = seed};
    task.folder = folder_ / task.name;
    auto inside = meanings;
    inside["folder"] = task.folder.string();
    for (const auto& word : need.command) task.command.push_back(with_meanings(word, inside, place("needs", name)));
    if (!need.recipe.empty()) task.recipe = recipe_text(need.recipe, need.set, inside, place("needs", name));
    meanings[name] = task.folder.string();
    if (!need.each_seed) shared_[name] = task.folder.string();
    tasks_.push_back(std::move(task));
  }

  void add_arm(const std::string& name, const Arm& arm, int64_t seed, Meanings meanings) {
    Task task{.name = fmt::format("{}-seed{}", name, seed), .source = name, .is_arm = true, .seed = seed};
    task.folder = folder_ / task.name;
    meanings["folder"] = task.folder.string();
    auto set = claim_.head.common;
    set.insert(set.end(), arm.set.begin(), arm.set.end());
    task.recipe = recipe_text(arm.recipe, set, meanings, place("arms", name));
    tasks_.push_back(std::move(task));
  }

  void refuse_unequal_comparisons() const {
    for (const auto& [id, measurement] : claim_.measurements) {
      if (find_named(claim_.arms, measurement.against) == nullptr) continue;  // held against a number
      refuse_unequal_arms(planned_arm(measurement.of), planned_arm(measurement.against), place("measurements", id));
    }
  }

  // Of the first seed: the others differ in what $seed means alone.
  PlannedArm planned_arm(const std::string& name) const {
    const auto task = std::find_if(tasks_.begin(), tasks_.end(),
                                   [&](const Task& candidate) { return candidate.is_arm && candidate.source == name; });
    const auto method = Recipe::parse(task->recipe, task->name).method();
    return {.name = name,
            .recipe = task->recipe,
            .set = find_named(claim_.arms, name)->set,
            .options = registries_.methods.get(method).options()};
  }

  std::string recipe_text(const std::string& name, const std::vector<std::string>& set, const Meanings& meanings,
                          const std::string& where) const {
    auto recipe = Recipe::load(find_recipe_(name));
    const auto docs = registries_.methods.get(recipe.method()).options();
    for (const auto& assignment : set) {
      known_option(trim(split(assignment, '=').front()), docs, where);
      recipe.override_with(with_meanings(assignment, meanings, where));
    }
    std::string text = recipe.to_yaml();
    refuse_smaller_decoding(text, where);
    return text;
  }

  // Papers measured on pixels decoded at full size. yaml-cpp writes "key: value", with quotes or without.
  static void refuse_smaller_decoding(const std::string& recipe, const std::string& where) {
    for (const std::string word : {"decode_scale: auto", "decode_scale: \"auto\""}) {
      if (recipe.find(word) == std::string::npos) continue;
      user_error("{}: decode_scale=auto changes pixels, and a claim is measured without it; take it out", where);
    }
  }

  const Claim& claim_;
  fs::path folder_;
  const RecipeFinder& find_recipe_;
  const Registries& registries_;
  Meanings shared_;  ///< folders of what is made once
  std::vector<Task> tasks_;
};
}  // namespace

std::vector<Task> plan_tasks(const Claim& claim, const fs::path& folder, const RecipeFinder& find_recipe,
                             const Registries& registries) {
  return Planner(claim, folder, find_recipe, registries).plan();
}

}  // namespace retort::claims
