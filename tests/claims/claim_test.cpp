#include "claims/claim.h"

#include <gtest/gtest.h>

#include "core/errors.h"

namespace retort::claims {
namespace {

const std::string whole_claim = R"(method: feature-3dgs
seeds: 2
common: [train.seed=$seed]
quick:
  seeds: 1
  set: [train.steps=5]
needs:
  scene:
    command: [field, synthetic, $folder]
arms:
  full:
    recipe: field/feature-3dgs
  plain:
    recipe: field/feature-3dgs
    set: [train.gamma=0]
measurements:
  quality:
    statement: features cost nothing
    metric: evaluation.psnr_db
    of: full
    against: plain
    rule: equivalence
    margin: 0.1
)";

Claim parsed(const std::string& text) { return parse_claim(Recipe::parse(text, "claims/x.yaml")); }

std::string replaced(const std::string& from, const std::string& to) {
  auto text = whole_claim;
  text.replace(text.find(from), from.size(), to);
  return text;
}

std::string claim_refusal(const std::string& from, const std::string& to) {
  try {
    parsed(replaced(from, to));
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

#define EXPECT_SAYS(text, part) EXPECT_NE(std::string(text).find(part), std::string::npos) << text

TEST(Claim, IsReadWithItsNamesInOrder) {
  const auto claim = parsed(whole_claim);
  EXPECT_EQ(claim.name, "x");
  EXPECT_EQ(claim.head.seeds, 2);
  ASSERT_EQ(claim.arms.size(), 2u);
  EXPECT_EQ(claim.arms[0].first, "full");
  EXPECT_EQ(claim.arms[1].second.set, (std::vector<std::string>{"train.gamma=0"}));
  ASSERT_EQ(claim.measurements.size(), 1u);
  EXPECT_EQ(claim.measurements[0].second.rule, Rule::equivalence);
  EXPECT_EQ(claim.needs[0].second.command.back(), "$folder");
}

TEST(Claim, TheQuickVariantIsShorter) {
  const auto quick = quick_variant(parsed(whole_claim));
  EXPECT_EQ(quick.head.seeds, 1);
  EXPECT_EQ(quick.arms[1].second.set, (std::vector<std::string>{"train.gamma=0", "train.steps=5"}));
}

TEST(Claim, MistypedNamesGetTheirPlaceAndTheNearest) {
  const auto arm = claim_refusal("of: full", "of: ful");
  EXPECT_SAYS(arm, "claims/x.yaml:20: measurements.quality.of: no arm 'ful' among full, plain; did you mean 'full'?");
  EXPECT_SAYS(claim_refusal("statement:", "statment:"), "claims/x.yaml:18: measurements.quality.statment: unknown key");
  EXPECT_SAYS(claim_refusal("rule: equivalence", "rule: equivalent"), "did you mean 'equivalence'?");
  EXPECT_SAYS(claim_refusal("measurements:", "measurments:"), "measurments: unknown key; did you mean 'measurements'?");
  EXPECT_SAYS(claim_refusal("against: plain", "against: plane"), "no arm 'plane' among");
}

TEST(Claim, FaultsOfMeaningAreRefused) {
  EXPECT_SAYS(claim_refusal("    margin: 0.1\n", ""), "an equivalence needs a margin above 0");
  EXPECT_SAYS(claim_refusal("rule: equivalence", "rule: difference"), "a difference has none");
  EXPECT_SAYS(claim_refusal("set: [train.gamma=0]", "set: [train.gamma]"), "is not key.path=value");
  EXPECT_SAYS(claim_refusal("evaluation.psnr_db", "psnr"), "write <file>.<key>");
  EXPECT_SAYS(claim_refusal("    command: [field, synthetic, $folder]\n", "    each_seed: true\n"),
              "give either command or recipe");
  EXPECT_SAYS(claim_refusal("  scene:\n", "  full:\n"), "is taken by one of the needs");
  EXPECT_SAYS(claim_refusal("  plain:\n", "  a/b:\n"), "letters, digits");
  EXPECT_SAYS(claim_refusal("seeds: 2", "seeds: 0"), "outside [1, 100]");
  EXPECT_SAYS(claim_refusal("method: feature-3dgs\n", ""), "name the method");
}

TEST(Claim, AnotherSideMayBeANumber) {
  EXPECT_EQ(parsed(replaced("against: plain", "against: 0.8")).measurements[0].second.against, "0.8");
  EXPECT_SAYS(claim_refusal("against: plain", "against: 0.8\n    against_metric: run.seconds"), "has no place beside");
}

TEST(Claim, NothingAtAllIsRefused) {
  EXPECT_THROW(parsed("method: feature-3dgs\n"), UserError);
  EXPECT_THROW(parsed("method: feature-3dgs\narms: 3\nmeasurements: []\n"), UserError);
}

}  // namespace
}  // namespace retort::claims
