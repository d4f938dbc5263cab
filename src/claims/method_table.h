// What is there of each method: recipes, claims, verdicts.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "claims/claim.h"
#include "claims/result_summary.h"
#include "core/registries.h"

namespace retort::claims {

struct MethodVerdict {
  std::string claim, measurement, verdict;
};

struct MethodStatus {
  std::string name, family, paper, summary, equation, sources;  ///< as Method's
  std::string page;                                             ///< "docs/....md"
  std::vector<std::string> recipes;                             ///< shipped ones that run it
  std::vector<std::string> claims;  ///< shipped ones that judge it; only its own where it has one
  std::vector<MethodVerdict> verdicts;
};

/// The page of a method, relative to the source tree.
std::string page_of(const std::string& name, const Method& method);

/// The method of each shipped recipe, by the recipe's name.
using RecipeMethods = std::map<std::string, std::string>;

/// One entry a method, by name. A verdict belongs to the method whose recipe the judged arm runs (to the claim's method
/// where that recipe is not shipped); where a method has a claim of its own, other claims and their verdicts on it are
/// left out.
std::vector<MethodStatus> method_statuses(const Registries& registries, const RecipeMethods& recipe_methods,
                                          const std::vector<Claim>& claims, const std::vector<ResultSummary>& results);

/// Aligned lines for a terminal, a Markdown table (the README's; links are relative to the source tree), and JSON.
std::string methods_as_text(const std::vector<MethodStatus>& methods);
std::string methods_as_markdown(const std::vector<MethodStatus>& methods);
nlohmann::ordered_json methods_as_json(const std::vector<MethodStatus>& methods);

}  // namespace retort::claims
