#include "weights/catalogue.h"

#include <gtest/gtest.h>

#include <set>

#include "support/hostile_input.h"
#include "weights/address.h"

namespace retort::weights {
namespace {

const std::string good_entry =
    "weights:\n"
    "  own:\n"
    "    address: https://h/own.pth\n"
    "    bytes: 12\n"
    "    sha256: 397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0\n"
    "    licence: MIT\n"
    "    purpose: tests\n";

Catalogue catalogue_of(const std::string& text) { return parse_catalogue(Recipe::parse(text, "mirror.yaml")); }

std::string refusal_with(const std::string& old, const std::string& now) {
  auto text = good_entry;
  text.replace(text.find(old), old.size(), now);
  return tests::refusal_of([&] { catalogue_of(text); });
}

TEST(Catalogue, TheShippedOneIsSound) {
  std::set<std::string> hashes;
  for (const auto& [name, entry] : shipped_catalogue()) {
    Problems problems;
    entry.check(problems);
    EXPECT_TRUE(problems.empty()) << name;
    EXPECT_TRUE(is_section_name(name));
    EXPECT_TRUE(entry.address.starts_with("https://")) << name;
    const auto ending = file_ending(*parse_address(entry.address));
    EXPECT_TRUE(ending == ".pth" || ending == ".th") << name;
    EXPECT_FALSE(entry.licence.empty() || entry.purpose.empty()) << name;
    hashes.insert(entry.sha256);
    // Names of many publishers end in the first eight digits of the hash.
    const auto dash = entry.address.rfind('-');
    if (!name.starts_with("lpips")) {
      EXPECT_EQ(entry.address.substr(dash + 1, 8), entry.sha256.substr(0, 8)) << name;
    }
  }
  EXPECT_EQ(hashes.size(), 9u);
}

TEST(Catalogue, IsReadFromYaml) {
  const auto catalogue = catalogue_of(good_entry);
  const auto& entry = find_weights(catalogue, "own");
  EXPECT_EQ(entry.address, "https://h/own.pth");
  EXPECT_EQ(entry.bytes, 12);
  EXPECT_EQ(entry.licence, "MIT");
  EXPECT_NE(tests::refusal_of([&] { find_weights(catalogue, "won"); }).find("unknown weights 'won'"),
            std::string::npos);
}

TEST(Catalogue, FaultsNameTheirPlace) {
  const auto expect = [](const std::string& refusal, const char* part) {
    EXPECT_EQ(refusal.find("mirror.yaml"), 0u) << refusal;
    EXPECT_NE(refusal.find(part), std::string::npos) << refusal;
  };
  expect(refusal_with("https://h", "ftp://h"), "weights.own.address");
  expect(refusal_with("https://h", "https://me:word@h"), "weights.own.address");
  expect(refusal_with("bytes: 12", "bytes: 0"), "weights.own.bytes");
  expect(refusal_with("bytes: 12", "bytes: -1"), "weights.own.bytes");
  expect(refusal_with("bytes: 12", "bytes: many"), "weights.own.bytes");
  expect(refusal_with("bytes: 12", "bytes: 9000000000000000000"), "weights.own.bytes");
  expect(refusal_with("397923af", "397923AF"), "weights.own.sha256");
  expect(refusal_with("397923af", "397923a"), "weights.own.sha256");
  expect(refusal_with("licence", "license"), "did you mean 'licence'");
  expect(refusal_with("  own", "  ../own"), "letters, digits");
  expect(refusal_with("  own:", "  own: {}\n  more:"), "weights.own.address");
  expect(tests::refusal_of([&] { catalogue_of("weights: {}\n"); }), "at least one");
  expect(tests::refusal_of([&] { catalogue_of("weight: {}\n"); }), "weights");
}

TEST(Catalogue, DamagedTextIsTakenOrRefused) {
  tests::damage_everywhere(good_entry, [](const std::string& text) { catalogue_of(text); });
  tests::expect_accepted_or_refused([] { catalogue_of(std::string(100'000, '[')); }, "deep");
  tests::expect_accepted_or_refused([] { catalogue_of("weights: &a {own: *a}\n"); }, "alias of itself");
}

}  // namespace
}  // namespace retort::weights
