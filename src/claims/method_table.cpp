#include "claims/method_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "claims/figure_text.h"
#include "claims/results_index.h"
#include "core/text.h"

namespace retort::claims {

namespace {
constexpr const char* nothing_there = "-";

const std::string& method_of(const std::string& recipe, const RecipeMethods& recipe_methods,
                             const std::string& otherwise) {
  const auto found = recipe_methods.find(recipe);
  return found == recipe_methods.end() ? otherwise : found->second;
}

/// Claims that judge an arm of the method.
std::vector<std::string> claims_on(const std::string& method, const std::vector<Claim>& claims,
                                   const RecipeMethods& recipe_methods) {
  std::vector<std::string> names;
  for (const auto& claim : claims) {
    const auto judges_it = [&](const auto& entry) {
      const auto* arm = find_named(claim.arms, entry.second.of);
      return arm != nullptr && method_of(arm->recipe, recipe_methods, claim.head.method) == method;
    };
    if (std::any_of(claim.measurements.begin(), claim.measurements.end(), judges_it)) names.push_back(claim.name);
  }
  return names;
}

std::vector<MethodVerdict> verdicts_on(const std::string& method, const std::vector<ResultSummary>& results,
                                       const RecipeMethods& recipe_methods) {
  std::vector<MethodVerdict> verdicts;
  for (const auto& result : results) {
    for (const auto& each : result.measurements) {
      const auto recipe = result.arm_recipes.find(each.of);
      const auto& judged =
          recipe == result.arm_recipes.end() ? result.method : method_of(recipe->second, recipe_methods, result.method);
      if (judged == method)
        verdicts.push_back({.claim = result.claim, .measurement = each.id, .verdict = each.verdict});
    }
  }
  return verdicts;
}

/// Those of a claim of the method's own; all where it has none.
template <class T, class IsOwn>
void keep_own(std::vector<T>& entries, const IsOwn& is_own) {
  if (std::none_of(entries.begin(), entries.end(), is_own)) return;
  entries.erase(std::remove_if(entries.begin(), entries.end(), [&](const T& entry) { return !is_own(entry); }),
                entries.end());
}

std::string verdict_column(const MethodStatus& method) {
  if (method.claims.empty() && method.verdicts.empty()) return nothing_there;
  if (method.verdicts.empty()) return "not measured";
  std::vector<std::string> verdicts;
  for (const auto& each : method.verdicts) verdicts.push_back(each.verdict);
  return verdicts_text(verdicts);
}

std::string or_nothing(const std::string& text) { return text.empty() ? nothing_there : text; }

/// The committed page of each claim that said something about the method.
std::string linked_claims(const MethodStatus& method) {
  std::set<std::string> measured;
  for (const auto& each : method.verdicts) measured.insert(each.claim);
  std::vector<std::string> links;
  for (const auto& claim : method.claims) {
    links.push_back(measured.count(claim) > 0 ? fmt::format("[{0}](results/{0}.md)", claim)
                                              : fmt::format("[{0}](claims/{0}.yaml)", claim));
  }
  return or_nothing(join(links, ", "));
}

std::string padded(const std::string& text, size_t width) { return fmt::format("{:<{}}  ", text, width); }
}  // namespace

std::string page_of(const std::string& name, const Method& method) {
  return method.page.empty() ? fmt::format("docs/methods/{}.md", name) : method.page;
}

std::vector<MethodStatus> method_statuses(const Registries& registries, const RecipeMethods& recipe_methods,
                                          const std::vector<Claim>& claims, const std::vector<ResultSummary>& results) {
  std::map<std::string, std::string> owners;
  for (const auto& claim : claims) owners[claim.name] = claim.head.method;
  for (const auto& result : results) owners[result.claim] = result.method;
  std::vector<MethodStatus> statuses;
  for (const auto& [name, method] : registries.methods.entries()) {
    MethodStatus status{.name = name,
                        .family = method.family,
                        .paper = method.paper,
                        .summary = method.summary,
                        .equation = method.equation,
                        .sources = method.sources,
                        .page = page_of(name, method),
                        .recipes = {},
                        .claims = claims_on(name, claims, recipe_methods),
                        .verdicts = verdicts_on(name, results, recipe_methods)};
    for (const auto& [recipe, its_method] : recipe_methods) {
      if (its_method == name) status.recipes.push_back(recipe);
    }
    keep_own(status.claims, [&, &owner = name](const std::string& claim) { return owners[claim] == owner; });
    keep_own(status.verdicts, [&, &owner = name](const MethodVerdict& each) { return owners[each.claim] == owner; });
    statuses.push_back(std::move(status));
  }
  return statuses;
}

std::string methods_as_text(const std::vector<MethodStatus>& methods) {
  std::vector<std::vector<std::string>> rows = {{"method", "family", "recipe", "claim", "verdict", "paper"}};
  for (const auto& each : methods) {
    rows.push_back({each.name, each.family, each.recipes.empty() ? "no" : "yes", each.claims.empty() ? "no" : "yes",
                    verdict_column(each), or_nothing(each.paper)});
  }
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); ++i) text += padded(row[i], widths[i]);
    text += row.back() + "\n";
  }
  return text;
}

std::string methods_as_markdown(const std::vector<MethodStatus>& methods) {
  std::string text =
      "| method | family | what it does | paper | recipes | claim | verdict |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const auto& each : methods) {
    std::vector<std::string> recipes;
    for (const auto& recipe : each.recipes) recipes.push_back(fmt::format("`{}`", recipe));
    text += fmt::format("| [{}]({}) | {} | {} | {} | {} | {} | {} |\n", each.name, each.page, each.family,
                        table_cell(each.summary), table_cell(or_nothing(each.paper)), or_nothing(join(recipes, ", ")),
                        linked_claims(each), verdict_column(each));
  }
  return text;
}

nlohmann::ordered_json methods_as_json(const std::vector<MethodStatus>& methods) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& each : methods) {
    auto verdicts = nlohmann::ordered_json::array();
    for (const auto& verdict : each.verdicts) {
      verdicts.push_back(
          {{"claim", verdict.claim}, {"measurement", verdict.measurement}, {"verdict", verdict.verdict}});
    }
    list.push_back({{"name", each.name},
                    {"family", each.family},
                    {"paper", each.paper},
                    {"summary", each.summary},
                    {"equation", each.equation},
                    {"sources", each.sources},
                    {"page", each.page},
                    {"recipes", each.recipes},
                    {"claims", each.claims},
                    {"verdicts", std::move(verdicts)}});
  }
  return list;
}

}  // namespace retort::claims
