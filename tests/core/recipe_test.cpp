#include "core/recipe.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/recipe_sample.h"

namespace retort {

namespace {
const std::string sample_recipe =
    "distil: field\n"
    "method: sample\n"
    "temperature: 2.5\n"
    "split: by_file\n"
    "names: [ada, 'true', \"\"]\n"
    "train: {steps: 7, learning_rates: [1e-3]}\n";

// The message that reading `text` ends in, or "" when it reads.
std::string recipe_fault(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    auto recipe = Recipe::parse(text, "a.yaml");
    for (const auto& assignment : overrides) recipe.override_with(assignment);
    recipe.read<SampleOptions>();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}
}  // namespace

TEST(Recipe, ReadsValuesAndKeepsDefaults) {
  const auto recipe = Recipe::parse(sample_recipe, "a.yaml");
  EXPECT_EQ(recipe.family(), "field");
  EXPECT_EQ(recipe.method(), "sample");
  const auto options = recipe.read<SampleOptions>();
  EXPECT_EQ(options.temperature, 2.5);
  EXPECT_EQ(options.split, SampleSplit::by_file);
  EXPECT_EQ(options.names, (std::vector<std::string>{"ada", "true", ""}));
  EXPECT_EQ(options.width, 8);
  EXPECT_EQ(options.train.steps, 7);
  EXPECT_EQ(options.train.learning_rates, std::vector<double>{1e-3});
}

TEST(Recipe, ReportsAllFaultsWithTheirPlaces) {
  const auto fault = recipe_fault(
      "distil: field\nmethod: sample\ntemprature: 3\nwidth: 7\nmirrored: yes\nsplit: every_8\n"
      "train:\n  step: 9\n  learning_rates: [1, -1]\n");
  EXPECT_NE(fault.find("a.yaml:3: temprature: unknown key; did you mean 'temperature'?"), std::string::npos) << fault;
  EXPECT_NE(fault.find("a.yaml:4: width: must be even"), std::string::npos) << fault;
  EXPECT_NE(fault.find("a.yaml:5: mirrored: 'yes' is neither true nor false"), std::string::npos) << fault;
  EXPECT_NE(fault.find("a.yaml:6: split: 'every_8' is not one of none, every_8th, by_file; did you mean 'every_8th'?"),
            std::string::npos)
      << fault;
  EXPECT_NE(fault.find("a.yaml:8: train.step: unknown key; did you mean 'steps'?"), std::string::npos) << fault;
  EXPECT_NE(fault.find("a.yaml:9: train.learning_rates: item 2: -1 must be at least 0"), std::string::npos) << fault;
}

TEST(Recipe, ChecksTypesAndRanges) {
  EXPECT_EQ(recipe_fault("width: 66"), "a.yaml:1: width: 66 is outside [2, 64]");
  EXPECT_EQ(recipe_fault("width: 2.0"), "a.yaml:1: width: '2.0' is not a whole number");
  EXPECT_EQ(recipe_fault("width: 99999999999999999999"),
            "a.yaml:1: width: '99999999999999999999' is not a whole number");
  EXPECT_EQ(recipe_fault("temperature: .nan"), "a.yaml:1: temperature: '.nan' is not a number");
  EXPECT_EQ(recipe_fault("temperature:"), "a.yaml:1: temperature: '' is not a number");
  EXPECT_EQ(recipe_fault("temperature: {a: 1}"), "a.yaml:1: temperature: '{...}' is not a number");
  EXPECT_EQ(recipe_fault("names: ada"), "a.yaml:1: names: expected a list: [a, b, c]");
  EXPECT_EQ(recipe_fault("photos: [a]"), "a.yaml:1: photos: expected text");
  EXPECT_EQ(recipe_fault("train: 7"), "a.yaml:1: train: expected a section with keys of its own");
  EXPECT_EQ(recipe_fault("train: {steps: 0}"), "a.yaml:1: train.steps: 0 must be at least 1");
  EXPECT_EQ(recipe_fault("width: 4\nwidth: 6"), "a.yaml:2: width: given twice; keep one of them");
  EXPECT_EQ(recipe_fault("train:"), "");
}

TEST(Recipe, RefusesWhatIsNoRecipe) {
  EXPECT_NE(recipe_fault("").find("one map of keys"), std::string::npos);
  EXPECT_NE(recipe_fault("- a\n- b").find("one map of keys"), std::string::npos);
  EXPECT_NE(recipe_fault("a: 1\n---\nb: 2").find("one map of keys"), std::string::npos);
  EXPECT_NE(recipe_fault("width: 4\n  train: {").find("a.yaml:2: not valid YAML"), std::string::npos);
  EXPECT_NE(recipe_fault(std::string(20000, '[')).find("a.yaml"), std::string::npos);
  EXPECT_THROW(Recipe::parse("distil: field", "a.yaml").method(), UserError);
  EXPECT_THROW(Recipe::load("/no/such/recipe.yaml"), UserError);
  EXPECT_THROW(Recipe::load("/"), UserError);
}

TEST(Recipe, RefusesAHugeFile) {
  const auto file = std::filesystem::path(testing::TempDir()) / "huge_recipe.yaml";
  std::ofstream(file) << std::string(Recipe::max_bytes + 1, ' ');
  EXPECT_THROW(Recipe::load(file), UserError);
  std::filesystem::remove(file);
}

TEST(Recipe, CommandLineWinsAndIsNamedInFaults) {
  auto recipe = Recipe::parse(sample_recipe, "a.yaml");
  recipe.override_with("train.steps=9");
  recipe.override_with("train.steps=11");
  recipe.override_with("width=10");
  EXPECT_EQ(recipe.read<SampleOptions>().train.steps, 11);
  EXPECT_EQ(recipe.read<SampleOptions>().width, 10);
  EXPECT_EQ(recipe_fault(sample_recipe, {"train.steps=-3"}), "command line: train.steps: -3 must be at least 1");
  EXPECT_EQ(recipe_fault(sample_recipe, {"train={steps: -3}"}), "command line: train.steps: -3 must be at least 1");
  EXPECT_EQ(recipe_fault(sample_recipe, {"tran.steps=3"}), "command line: tran: unknown key; did you mean 'train'?");
  EXPECT_EQ(recipe_fault(sample_recipe, {"width=9"}), "command line: width: must be even");
  EXPECT_NE(recipe_fault(sample_recipe, {"width"}).find("is not key.path=value"), std::string::npos);
  EXPECT_NE(recipe_fault(sample_recipe, {"width=[1"}).find("not valid YAML"), std::string::npos);
  EXPECT_NE(recipe_fault(sample_recipe, {"temperature.a=1"}).find("'temperature' is not a section"), std::string::npos);
}

TEST(Recipe, ANeedGoesWithItsLastReference) {
  auto recipe = Recipe::parse(
      "distil: model\nmethod: kd\nneeds: {teacher: a.yaml, second: b.yaml, order: c.yaml}\n"
      "teacher: {weights: 'run:teacher#weights', also: ['run:second', 'run:teacher']}\n",
      "a.yaml");
  const auto needed = [&] {
    std::string names;
    for (const auto& [name, file] : recipe.needs()) names += name + " ";
    return names;
  };
  recipe.override_with("teacher.weights=other.pth");
  EXPECT_EQ(needed(), "teacher second order ") << "the list still refers to the teacher";
  recipe.override_with("teacher.also=['run:second']");
  EXPECT_EQ(needed(), "second order ") << "what nothing ever referred to stays";
}

TEST(Recipe, AliasesOfAliasesAreRefused) {
  std::string text = "distil: model\nmethod: kd\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 10; ++level) {
    text +=
        fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", level, level - 1);
  }
  auto recipe = Recipe::parse(text, "a.yaml");
  EXPECT_THROW(recipe.override_with("width=12"), UserError);
}

TEST(Recipe, SetLeavesWhatIsThere) {
  auto recipe = Recipe::parse(sample_recipe, "a.yaml");
  recipe.set("train.steps", "50");
  recipe.set("width", "12");
  const auto options = recipe.read<SampleOptions>();
  EXPECT_EQ(options.train.steps, 7);
  EXPECT_EQ(options.width, 12);
}

TEST(Recipe, CopiesShareNothing) {
  const auto original = Recipe::parse(sample_recipe, "a.yaml");
  auto copy = original;
  copy.override_with("train.steps=50");
  auto second = copy;
  second.override_with("width=12");
  EXPECT_EQ(original.read<SampleOptions>().train.steps, 7);
  EXPECT_EQ(second.read<SampleOptions>().train.steps, 50);
  EXPECT_EQ(copy.read<SampleOptions>().width, 8);
}

TEST(Recipe, ResolvedTextReadsBackTheSame) {
  auto recipe = Recipe::parse(sample_recipe + "needs: {experts: b.yaml}\n", "a.yaml");
  auto options = recipe.read<SampleOptions>();
  options.photos = "~: # odd\tname \xC3\xA4";
  options.temperature = 0.1;
  const auto text = recipe.resolved(options);
  const auto again = Recipe::parse(text, "b.yaml");
  const auto same = again.read<SampleOptions>();
  EXPECT_EQ(same.photos, options.photos);
  EXPECT_EQ(same.temperature, 0.1);
  EXPECT_EQ(same.names, options.names);
  EXPECT_EQ(same.split, options.split);
  EXPECT_EQ(again.method(), "sample");
  EXPECT_EQ(again.resolved(same), text);
  EXPECT_NE(text.find("experts: b.yaml"), std::string::npos);
  for (const char* null_like : {"null", "~", "true", "1e5", ""}) {
    options.photos = null_like;
    EXPECT_EQ(Recipe::parse(recipe.resolved(options), "c.yaml").read<SampleOptions>().photos, null_like);
  }
}

TEST(Recipe, NamesTheRunsItNeedsInOrder) {
  const auto needs = [](const std::string& yaml) {
    return Recipe::parse("distil: model\nmethod: kd\n" + yaml, "a.yaml").needs();
  };
  using Needs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(needs(""), Needs{});
  EXPECT_EQ(needs("needs:\n"), Needs{});
  EXPECT_EQ(needs("needs: {zoe: z.yaml, ada: model/ce}\n"), (Needs{{"zoe", "z.yaml"}, {"ada", "model/ce"}}));
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"needs: [ce.yaml]\n", "a.yaml:3: needs: expected names"},
      {"needs: {../x: ce.yaml}\n", "'../x' is no name"},
      {"needs: {'': ce.yaml}\n", "is no name"},
      {"needs: {teacher: }\n", "needs.teacher: expected a recipe"},
      {"needs: {teacher: [ce.yaml]}\n", "needs.teacher: expected a recipe"},
      {"needs: &a {teacher: *a}\n", "needs.teacher: expected a recipe"},
      {"needs: {teacher: a.yaml, teacher: b.yaml}\n", "needs.teacher: given twice"}};
  for (const auto& [yaml, part] : refused) {
    try {
      needs(yaml);
      ADD_FAILURE() << yaml;
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

}  // namespace retort
