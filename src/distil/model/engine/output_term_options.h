// Options of terms over a student's outputs that single papers brought: part of loss_options.h.
#pragma once

#include <string>
#include <vector>

#include "core/options.h"
#include "losses/distillation/ofa_kd.h"
#include "losses/distillation/pld.h"

namespace retort::model {

/// Replaces cross-entropy, which is its first factor.
struct PldTerm {
  double weight = 0;
  double temperature = 1;
  losses::PldWeights ranks = losses::PldWeights::teacher;
};
void fields(OptionVisitor& v, PldTerm& o);

/// principal: where embeddings of a class differ most. The others are there to compare with: random: anywhere; kmeans,
/// agglomerative: wholly for the nearest cluster; teacher: a teacher that was trained with as many outputs; hidden: the
/// classes that were merged, an upper bound.
enum class SubclassSplit { principal, random, kmeans, agglomerative, teacher, hidden };
inline std::vector<std::string> choices(SubclassSplit) {
  return {"principal", "random", "kmeans", "agglomerative", "teacher", "hidden"};
}

/// For a student of several outputs a class.
struct LelpTerm {
  double weight = 0;
  double temperature = 1, beta = 1, alpha = 0;
  bool null_space = true, rotation = true;
  SubclassSplit split = SubclassSplit::principal;
  std::string tap = {};
};
void fields(OptionVisitor& v, LelpTerm& o);

/// For a network of several outputs a class that is to be a teacher: they are to differ between samples.
struct SubclassContrastTerm {
  double weight = 0;
  double temperature = 1;
};
void fields(OptionVisitor& v, SubclassContrastTerm& o);

/// Answers to yes-or-no questions: student.aspects names their file.
struct AspectsTerm {
  double weight = 0;
};
void fields(OptionVisitor& v, AspectsTerm& o);

struct OfaTerm {
  double weight = 0;
  double final_weight = 1, branch_weight = 1;
  std::vector<double> gamma = {1};
  double temperature = 1;
  losses::OfaForm form = losses::OfaForm::code;
  std::vector<int64_t> stages = {};    // empty: all
  std::vector<std::string> taps = {};  // empty: the student's stages

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, OfaTerm& o);

struct DhoTerm {
  double weight = 0;
  double cross_entropy_weight = 0.5, distillation_weight = 0.5;
  double temperature = 2;
};
void fields(OptionVisitor& v, DhoTerm& o);

struct Kd3Term {
  double weight = 0;
  double contrast_weight = 1e-3;
  double temperature = 0.3;
  int64_t dimensions = 128;
};
void fields(OptionVisitor& v, Kd3Term& o);

}  // namespace retort::model
