#include "claims/claim.h"

#include <algorithm>

#include "core/text.h"

namespace retort::claims {

namespace {
class ClaimReader : public RecipeReader {
 public:
  using RecipeReader::RecipeReader;

  void check_head(const Claim& claim) {
    Problems problems;
    problems.require(!claim.arms.empty(), "arms", "a claim has at least one arm");
    problems.require(!claim.measurements.empty(), "measurements", "a claim has at least one measurement");
    checked(problems);
  }
};

void require_assignments(const std::vector<std::string>& set, const char* key, Problems& problems) {
  for (const auto& assignment : set) {
    const auto equals = assignment.find('=');
    problems.require(equals != std::string::npos && equals > 0, key,
                     fmt::format("'{}' is not key.path=value", assignment));
  }
}

void require_arm(const std::string& name, const char* key, const std::vector<std::string>& arms, Problems& problems) {
  problems.require(std::find(arms.begin(), arms.end(), name) != arms.end(), key,
                   fmt::format("no arm '{}' among {}{}", name, join(arms, ", "), did_you_mean(name, arms)));
}

void check_measurement(const Measurement& measurement, const std::vector<std::string>& arms, Problems& problems) {
  require_arm(measurement.of, "of", arms, problems);
  double number = 0;
  if (!parse_number(measurement.against, number)) {
    require_arm(measurement.against, "against", arms, problems);
  } else {
    problems.require(measurement.against_metric.empty(), "against_metric", "has no place beside a number");
  }
}
}  // namespace

void Need::check(Problems& problems) const {
  problems.require(command.empty() != recipe.empty(), "command", "give either command or recipe");
  problems.require(recipe.empty() ? set.empty() : true, "set", "belongs to a recipe; write the command's own words");
  require_assignments(set, "set", problems);
}

void fields(OptionVisitor& v, Need& o) {
  v("command", o.command, "words after `retort` that make it in $folder");
  v("recipe", o.recipe, "instead: a recipe that makes it");
  v("set", o.set, "options of the recipe");
  v("each_seed", o.each_seed, "make one for each seed; false: one for all");
}

void Arm::check(Problems& problems) const {
  problems.require(!recipe.empty(), "recipe", "name a recipe");
  require_assignments(set, "set", problems);
}

void fields(OptionVisitor& v, Arm& o) {
  v("recipe", o.recipe, "a shipped recipe's name or a file");
  v("set", o.set, "options of the recipe, key.path=value");
  v("note", o.note, "what the arm is, for the page");
}

void Measurement::check(Problems& problems) const {
  problems.require(!statement.empty(), "statement", "say what is promised");
  problems.require(metric.find('.') != std::string::npos, "metric",
                   "write <file>.<key>, such as evaluation.psnr_db or run.seconds");
  problems.require(against_metric.empty() || against_metric.find('.') != std::string::npos, "against_metric",
                   "write <file>.<key>, such as evaluation.psnr_db");
  problems.require(!of.empty(), "of", "name an arm");
  problems.require(!against.empty(), "against", "name an arm or give a number");
  problems.require(rule != Rule::equivalence || margin > 0, "margin", "an equivalence needs a margin above 0");
  problems.require(rule != Rule::difference || margin == 0, "margin", "a difference has none; use not_worse");
}

void fields(OptionVisitor& v, Measurement& o) {
  v("statement", o.statement, "what is promised, one sentence");
  v("metric", o.metric, "<file>.<key>.<key> of the run folder's JSON files");
  v("unit", o.unit, "of the metric");
  v("better", o.better, "the promised direction");
  v("of", o.of, "the arm that is judged");
  v("against", o.against, "the arm or number that it is held against");
  v("against_metric", o.against_metric, "another metric for that side; default: the same");
  v("times", o.times, "factor on that side");
  v("rule", o.rule, "when it counts as shown");
  v("margin", o.margin, "of not_worse and equivalence", {.min = 0});
  v("reported", o.reported, "what the paper reports");
}

void fields(OptionVisitor& v, Quick& o) {
  v("seeds", o.seeds, "seeds of the short variant", {.min = 1, .max = 100});
  v("set", o.set, "options that shorten every arm");
}

void ClaimHead::check(Problems& problems) const {
  problems.require(!method.empty(), "method", "name the method (`retort list methods`)");
  require_assignments(common, "common", problems);
  require_assignments(quick.set, "quick", problems);
}

void fields(OptionVisitor& v, ClaimHead& o) {
  v("method", o.method, "the method whose claim this is");
  v("paper", o.paper, "title and year");
  v("summary", o.summary, "one line");
  v("seeds", o.seeds, "runs of each arm, with the seeds 0, 1, 2 ...", {.min = 1, .max = 100});
  v("budget_minutes", o.budget_minutes, "expected time on two cores", {.unit = "min", .min = 0});
  v("common", o.common, "options of every arm, before its own");
  v("data", o.data, "where the data comes from");
  v("quick", o.quick, "a short variant that tries the machinery");
}

Claim parse_claim(const Recipe& file) {
  Claim claim;
  claim.file = file.file_name();
  claim.name = claim.file.stem().string();
  ClaimReader reader(file);
  reader.visit(claim.head);
  const auto check_need = [](const std::string& name, const Need&, Problems& problems) {
    problems.require(name != "seed" && name != "folder", "name", "$seed and $folder have their own meaning");
  };
  reader.sections("needs", claim.needs, "what the arms are given", {}, check_need);
  const auto check_arm = [&claim](const std::string& name, const Arm&, Problems& problems) {
    problems.require(find_named(claim.needs, name) == nullptr, "name", "is taken by one of the needs");
  };
  reader.sections("arms", claim.arms, "the runs that are compared", {}, check_arm);
  const auto check_in_claim = [arms = names_of(claim.arms)](const std::string&, const Measurement& measurement,
                                                            Problems& problems) {
    check_measurement(measurement, arms, problems);
  };
  reader.sections("measurements", claim.measurements, "what is promised of them", {}, check_in_claim);
  reader.check_head(claim);
  reader.finish();
  return claim;
}

Claim load_claim(const std::filesystem::path& file) { return parse_claim(Recipe::load(file)); }

Claim quick_variant(Claim claim) {
  claim.head.seeds = claim.head.quick.seeds;
  const auto& shorter = claim.head.quick.set;
  for (auto& [name, arm] : claim.arms) arm.set.insert(arm.set.end(), shorter.begin(), shorter.end());
  return claim;
}

}  // namespace retort::claims
