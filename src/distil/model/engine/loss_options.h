// The terms that a loss may be put together from. A term of weight 0 is not computed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/options.h"
#include "distil/model/engine/logit_term_options.h"
#include "distil/model/engine/output_term_options.h"
#include "distil/model/engine/tap_term_options.h"

namespace retort::model {

struct LossOptions {
  CrossEntropyTerm ce = {};
  KdTerm kd = {};
  DkdTerm dkd = {};
  DistTerm dist = {};
  DistPlusTerm dist_plus = {};
  SkdTerm skd = {};
  AttentionTerm at = {};
  TappedTerm sp = {}, nst = {}, pkt = {}, vid = {}, srd = {}, ickd = {};
  RkdTerm rkd = {};
  MapsTerm maps = {};
  FspTerm fsp = {};
  CwdTerm cwd = {};
  AbTerm ab = {};
  OfdTerm ofd = {};
  FitnetsTerm fitnets = {};
  CcTerm cc = {};
  CrdTerm crd = {};
  MgdTerm mgd = {};
  ReviewTerm reviewkd = {};
  PadTerm pad = {};
  ParaphraserTerm ft_paraphraser = {};
  FtTerm ft = {};
  ParaphraserTerm kta_paraphraser = {.factor_l1 = 1e-7};
  KtaTerm kta = {};
  AffinityTerm affinity = {};
  SskdHeadTerm sskd_head = {};
  SskdTerm sskd = {};
  OfaTerm ofa = {};
  DhoTerm dho = {};
  Kd3Term kd3 = {};
  PldTerm pld = {};
  NdTerm nd = {};
  LelpTerm lelp = {};
  AspectsTerm aspects = {};
  SoftLabelTerm soft_labels = {};
  MealTerm meal_v2 = {};
  SsldTerm ssld = {};
  AcamTerm acam = {};
  SubclassContrastTerm subclass_contrast = {};

  /// Names of all terms with their weights, in the order of the fields.
  std::vector<std::pair<std::string, double>> weights() const;
  bool any() const;
  bool needs_teacher() const;
};
void fields(OptionVisitor& v, LossOptions& o);

}  // namespace retort::model
