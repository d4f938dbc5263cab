// Options of the terms that compare class scores and probabilities. A term of weight 0 is not computed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"

namespace retort::model {

/// Cross-entropy with the labels.
struct CrossEntropyTerm {
  double weight = 1;
  double label_smoothing = 0;
};
void fields(OptionVisitor& v, CrossEntropyTerm& o);

struct KdTerm {
  double weight = 0;
  double temperature = 4;
  bool standardise = false;
  double warm_up_epochs = 0;
};
void fields(OptionVisitor& v, KdTerm& o);

struct DkdTerm {
  double weight = 0;
  double alpha = 1, beta = 8, temperature = 4;
  double warm_up_epochs = 20;
};
void fields(OptionVisitor& v, DkdTerm& o);

struct DistTerm {
  double weight = 0;
  double beta = 2, gamma = 2, temperature = 4;
  double warm_up_epochs = 0;
};
void fields(OptionVisitor& v, DistTerm& o);

struct SkdTerm {
  double weight = 0;
  double instance_weight = 1, direction_weight = 1;
  double temperature = 4, tikhonov = 0.1;
};
void fields(OptionVisitor& v, SkdTerm& o);

/// Cross-entropy with the teacher's probabilities.
struct SoftLabelTerm {
  double weight = 0;
  double temperature = 1;
};
void fields(OptionVisitor& v, SoftLabelTerm& o);

enum class JudgedOutputs { logits, probabilities };
inline std::vector<std::string> choices(JudgedOutputs) { return {"logits", "probabilities"}; }

/// Soft labels of an ensemble, and a discriminator.
struct MealTerm {
  double weight = 0;
  double discriminator_weight = 1;
  JudgedOutputs judged = JudgedOutputs::logits;
  int64_t reduction = 8, least_width = 8;
};
void fields(OptionVisitor& v, MealTerm& o);

enum class SsldForm { symmetric_kl, js, kl, ce };
inline std::vector<std::string> choices(SsldForm) { return {"symmetric_kl", "js", "kl", "ce"}; }

/// Soft outputs alone.
struct SsldTerm {
  double weight = 0;
  SsldForm form = SsldForm::symmetric_kl;
  double epsilon = 1e-12;
};
void fields(OptionVisitor& v, SsldTerm& o);

}  // namespace retort::model
