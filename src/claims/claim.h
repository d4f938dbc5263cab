// What a paper promises, as a file that can be run: arms, seeds, measurements and when each counts as shown.
//
//   method: feature-3dgs
//   seeds: 3
//   common: ["train.seed=$seed", "scene.path=$scene"]
//   needs:   {scene: {command: [field, synthetic, $folder, seed=$seed]}}
//   arms:    {full: {recipe: field/feature-3dgs}, plain: {recipe: field/feature-3dgs, set: [train.gamma=0]}}
//   measurements:
//     quality: {statement: ..., metric: evaluation.psnr_db, of: full, against: plain, rule: equivalence, margin: 0.1}
//
// docs/claims.md tells what each key means.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/named_sections.h"
#include "core/recipe.h"

namespace retort::claims {

/// Something made before the arms: by a verb of the program, or by a run whose folder the arms then name.
struct Need {
  std::vector<std::string> command;  ///< words after `retort`; $folder is where it is to be made
  std::string recipe;                ///< instead of a command
  std::vector<std::string> set;      ///< of the recipe
  bool each_seed = true;             ///< false: made once, with the seed 0

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, Need& o);

/// One way to run the method.
struct Arm {
  std::string recipe;            ///< a shipped recipe's name, or a file beside the claim or elsewhere
  std::vector<std::string> set;  ///< "key.path=value", after the claim's common ones
  std::string note;              ///< one line for the page

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, Arm& o);

enum class Direction { higher, lower };
inline std::vector<std::string> choices(Direction) { return {"higher", "lower"}; }

/// When a measurement counts as shown; see verdict.h.
enum class Rule { difference, not_worse, equivalence };
inline std::vector<std::string> choices(Rule) { return {"difference", "not_worse", "equivalence"}; }

struct Measurement {
  std::string statement;  ///< what the paper promises, in one sentence
  std::string metric;     ///< "<file without .json>.<key>.<key>" in the run folder: evaluation.psnr_db, run.seconds
  std::string unit;
  Direction better = Direction::higher;
  std::string of;              ///< an arm
  std::string against;         ///< an arm, or a number
  std::string against_metric;  ///< of the other arm; empty: the same
  double times = 1;            ///< what is to be reached is this many times the other side
  Rule rule = Rule::difference;
  double margin = 0;     ///< of not_worse and equivalence, in the metric's unit
  std::string reported;  ///< what the paper says, for the page

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, Measurement& o);

/// A short variant that tries the machinery; its figures count for nothing.
struct Quick {
  int64_t seeds = 1;
  std::vector<std::string> set = {};
};
void fields(OptionVisitor& v, Quick& o);

struct ClaimHead {
  std::string method;  ///< a registered method's name
  std::string paper;
  std::string summary;  ///< one line
  int64_t seeds = 3;
  double budget_minutes = 0;  ///< expected, on two cores; 0: unknown
  std::vector<std::string> common;
  std::string data;  ///< where the data comes from, for the page
  Quick quick;

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, ClaimHead& o);

struct Claim {
  std::string name;            ///< the file's name without ending
  std::filesystem::path file;  ///< as it was found
  ClaimHead head;
  Named<Need> needs;
  Named<Arm> arms;
  Named<Measurement> measurements;
};

/// Reads a claim. All faults come in one UserError, each with file:line and, for a mistyped name, the nearest one.
Claim parse_claim(const Recipe& file);
Claim load_claim(const std::filesystem::path& file);

/// The claim cut down as its `quick` section says.
Claim quick_variant(Claim claim);

}  // namespace retort::claims
