#include "core/option_summary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace retort {
namespace {

struct SummaryRateOptions {
  double rate = 0.1;
  double decay = 0.01;
};
void fields(OptionVisitor& v, SummaryRateOptions& o) {
  v("rate", o.rate, "how fast");
  v("decay", o.decay, "how strong");
}

struct SummaryStageOptions {
  int64_t epochs = 1;
  SummaryRateOptions optimiser = {};
};
void fields(OptionVisitor& v, SummaryStageOptions& o) {
  v("epochs", o.epochs, "how long");
  v("optimiser", o.optimiser, "how");
}

struct SummaryMethodOptions {
  Named<SummaryStageOptions> before = {};
  int64_t before_all = 3;
};
void fields(OptionVisitor& v, SummaryMethodOptions& o) {
  v.sections("before", o.before, "stages", {.epochs = 7, .optimiser = {}});
  v("before_all", o.before_all, "no stage, though it begins so");
}

SummaryMethodOptions with_a_stage() {
  SummaryMethodOptions options;
  options.before = {{"hint", {.epochs = 7, .optimiser = {.rate = 0.5}}}};
  return options;
}

std::vector<std::string> paths_of(const std::vector<OptionDoc>& docs) {
  std::vector<std::string> paths;
  for (const auto& doc : docs) paths.push_back(doc.path);
  return paths;
}

TEST(OptionSummary, DescribesTheMethodsOwnSectionsAndAFreshOne) {
  const auto docs = describe_options_of(with_a_stage());
  const auto paths = paths_of(docs);
  EXPECT_EQ(std::count(paths.begin(), paths.end(), "before.hint.epochs"), 1);
  const auto fresh = std::find(paths.begin(), paths.end(), "before.<name>.epochs");
  ASSERT_NE(fresh, paths.end());
  EXPECT_EQ(docs[size_t(fresh - paths.begin())].default_value, "7");
  const auto schema = nlohmann::json::parse(options_as_json_schema(docs, "m"))["properties"]["before"];
  EXPECT_EQ(schema["properties"]["hint"]["properties"]["epochs"]["type"], "integer");
  EXPECT_EQ(schema["additionalProperties"]["properties"]["epochs"]["type"], "integer");
}

TEST(OptionSummary, LongSectionsShowWhatDiffersAndTheFreshOneItsKeys) {
  const auto shown = options_in_short(describe_options_of(with_a_stage()), "m", 2);
  EXPECT_EQ(paths_of(shown), (std::vector<std::string>{"before", "before.hint", "before.hint.optimiser.rate",
                                                       "before.<name>", "before_all"}));
  EXPECT_EQ(shown[1].help, "as before.<name>, but");
  EXPECT_EQ(shown[2].default_value, "0.5");
  EXPECT_EQ(shown[3].help, "each takes epochs, optimiser; `retort explain m.before` prints all of it");
}

TEST(OptionSummary, ShortSectionsStayWhole) {
  const auto docs = describe_options_of(with_a_stage());
  EXPECT_EQ(paths_of(options_in_short(docs, "m", 3)), paths_of(docs));
}

}  // namespace
}  // namespace retort
