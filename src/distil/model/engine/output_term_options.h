// Options of terms over a student's outputs that single papers brought: part of loss_options.h.
#pragma once

#include <string>
#include <vector>

#include "core/options.h"
#include "losses/distillation/pld.h"

namespace retort::model {

/// Replaces cross-entropy, which is its first factor.
struct PldTerm {
  double weight = 0;
  double temperature = 1;
  losses::PldWeights ranks = losses::PldWeights::teacher;
};
void fields(OptionVisitor& v, PldTerm& o);

/// principal: where embeddings of a class differ most; random: anywhere, to compare with.
enum class SubclassSplit { principal, random };
inline std::vector<std::string> choices(SubclassSplit) { return {"principal", "random"}; }

/// For a student of several outputs a class.
struct LelpTerm {
  double weight = 0;
  double temperature = 1, beta = 1, alpha = 0;
  bool null_space = true, rotation = true;
  SubclassSplit split = SubclassSplit::principal;
  std::string tap = {};
};
void fields(OptionVisitor& v, LelpTerm& o);

/// Answers to yes-or-no questions: student.aspects names their file.
struct AspectsTerm {
  double weight = 0;
};
void fields(OptionVisitor& v, AspectsTerm& o);

}  // namespace retort::model
