// The terms that a loss may be put together from. A term of weight 0 is not computed.
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
};
void fields(OptionVisitor& v, DistTerm& o);

/// Terms on maps of stages; `stages` empty: all but the stem.
struct AttentionTerm {
  double weight = 0;
  int64_t power = 2;
};
void fields(OptionVisitor& v, AttentionTerm& o);

/// Terms with nothing to set but how much they weigh.
struct WeightedTerm {
  double weight = 0;
};
void fields(OptionVisitor& v, WeightedTerm& o);

struct RkdTerm {
  double weight = 0;
  double distance_weight = 25, angle_weight = 50;
};
void fields(OptionVisitor& v, RkdTerm& o);

/// One stage's map, regressed.
struct FitnetsTerm {
  double weight = 0;
  int64_t stage = 2;
};
void fields(OptionVisitor& v, FitnetsTerm& o);

struct CcTerm {
  double weight = 0;
  int64_t dimensions = 128;
};
void fields(OptionVisitor& v, CcTerm& o);

struct CrdTerm {
  double weight = 0;
  int64_t dimensions = 128, negatives = 16384;
  double temperature = 0.07, momentum = 0.5;
};
void fields(OptionVisitor& v, CrdTerm& o);

struct MgdTerm {
  double weight = 0;
  double mask_ratio = 0.15;
};
void fields(OptionVisitor& v, MgdTerm& o);

struct ReviewTerm {
  double weight = 0;
  double warm_up_epochs = 20;
};
void fields(OptionVisitor& v, ReviewTerm& o);

struct LossOptions {
  CrossEntropyTerm ce = {};
  KdTerm kd = {};
  DkdTerm dkd = {};
  DistTerm dist = {};
  AttentionTerm at = {};
  WeightedTerm sp = {}, nst = {}, pkt = {}, vid = {}, srd = {};
  RkdTerm rkd = {};
  FitnetsTerm fitnets = {};
  CcTerm cc = {};
  CrdTerm crd = {};
  MgdTerm mgd = {};
  ReviewTerm reviewkd = {};

  bool any() const;
  bool needs_teacher() const;
};
void fields(OptionVisitor& v, LossOptions& o);

}  // namespace retort::model
