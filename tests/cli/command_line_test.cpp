#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/dispatch.h"
#include "cli/verbs.h"

namespace retort::cli {
namespace {

Verb greeting_verb(std::shared_ptr<std::string> greeted) {
  return {.name = "greet",
          .heading = "Manners",
          .summary = "says hello",
          .examples = {{"greet you", "says hello to you"}},
          .add_options = [greeted](CLI::App& parser) -> Action {
            auto loudly = std::make_shared<bool>(false);
            parser.add_option("WHOM", *greeted, "who is greeted")->required();
            parser.add_flag("--loudly", *loudly, "in capitals");
            return [loudly](Invocation&) { return 0; };
          },
          .verbs = {}};
}

std::vector<Verb> sample_verbs(std::shared_ptr<std::string> greeted = std::make_shared<std::string>()) {
  Verb group{.name = "house",
             .heading = "Places",
             .summary = "a group",
             .examples = {},
             .add_options = nullptr,
             .verbs = {greeting_verb(greeted)}};
  return {greeting_verb(greeted), group};
}

std::string refusal(const std::vector<std::string>& words) {
  try {
    parse_command_line(sample_verbs(), words);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(CommandLine, parses_verb_argument_and_common_options) {
  const auto greeted = std::make_shared<std::string>();
  const auto verbs = sample_verbs(greeted);
  const auto line = parse_command_line(verbs, {"greet", "Ada", "--threads", "3", "--quiet"});
  EXPECT_TRUE(line.action);
  EXPECT_EQ(*greeted, "Ada");
  EXPECT_EQ(line.threads, 3);
  EXPECT_TRUE(line.quiet);
  EXPECT_EQ(line.print, "");
}

TEST(CommandLine, common_options_may_stand_before_the_verb) {
  const auto line = parse_command_line(sample_verbs(), {"--threads", "2", "greet", "Ada"});
  EXPECT_EQ(line.threads, 2);
  EXPECT_TRUE(line.action);
}

TEST(CommandLine, finds_a_verb_below_a_group) {
  EXPECT_TRUE(parse_command_line(sample_verbs(), {"house", "greet", "Ada"}).action);
}

TEST(CommandLine, help_is_printed_with_usage_and_examples) {
  const auto text = parse_command_line(sample_verbs(), {"house", "greet", "--help"}).print;
  EXPECT_NE(text.find("Usage: retort house greet WHOM [options]"), std::string::npos) << text;
  EXPECT_NE(text.find("--loudly"), std::string::npos) << text;
  EXPECT_NE(text.find("retort greet you"), std::string::npos) << text;
  EXPECT_EQ(parse_command_line(sample_verbs(), {"help", "house", "greet"}).print, text);
}

TEST(CommandLine, overview_groups_verbs_under_their_headings) {
  const auto text = parse_command_line(sample_verbs(), {}).print;
  const auto manners = text.find("\nManners:\n  greet "), places = text.find("\nPlaces:\n  house greet ");
  EXPECT_NE(manners, std::string::npos) << text;
  EXPECT_NE(places, std::string::npos) << text;
  EXPECT_LT(manners, places);
}

TEST(CommandLine, refuses_what_it_does_not_know_with_the_nearest_name) {
  EXPECT_NE(refusal({"gret"}).find("unknown verb 'gret'; did you mean 'greet'?"), std::string::npos);
  EXPECT_NE(refusal({"gret", "--help"}).find("unknown verb 'gret'"), std::string::npos);
  EXPECT_NE(refusal({"house", "gret"}).find("did you mean 'greet'?"), std::string::npos);
  EXPECT_NE(refusal({"house"}).find("which verb? one of greet"), std::string::npos);
  EXPECT_NE(refusal({"greet", "Ada", "--loudy"}).find("did you mean '--loudly'?"), std::string::npos);
  EXPECT_NE(refusal({"greet", "Ada", "Bob"}).find("one argument too many: 'Bob'"), std::string::npos);
  EXPECT_NE(refusal({"greet"}).find("WHOM is required; see `retort greet --help`"), std::string::npos);
  EXPECT_NE(refusal({"greet", "Ada", "--threads", "two"}).find("--threads"), std::string::npos);
}

TEST(CommandLine, every_shipped_verb_has_a_summary_and_two_examples) {
  const std::function<void(const Verb&)> examine = [&](const Verb& verb) {
    EXPECT_FALSE(verb.summary.empty()) << verb.name;
    EXPECT_GE(verb.examples.size(), 2u) << verb.name;
    EXPECT_NE(verb.verbs.empty(), !verb.add_options) << verb.name << " either acts or groups";
    for (const auto& below : verb.verbs) examine(below);
  };
  for (const auto& verb : all_verbs()) {
    EXPECT_FALSE(verb.heading.empty()) << verb.name;
    examine(verb);
  }
}

}  // namespace
}  // namespace retort::cli
