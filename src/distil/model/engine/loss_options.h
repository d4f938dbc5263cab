// The terms that a loss may be put together from. A term of weight 0 is not computed.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/options.h"
#include "distil/model/engine/output_term_options.h"
#include "losses/distillation/acam_kd.h"
#include "losses/distillation/nd_loss.h"

namespace retort::model {

/// Whose activations a term compares, in pairs: paths of layers ("layer3.0.relu", "layer3.0.relu.input"). Empty: what
/// the term's help says.
struct TapOptions {
  std::vector<std::string> student = {}, teacher = {};

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, TapOptions& o);

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

struct DistPlusTerm {
  double weight = 0;
  double beta = 2, gamma = 2, iota = 1, kappa = 1, temperature = 1;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, DistPlusTerm& o);

struct SkdTerm {
  double weight = 0;
  double instance_weight = 1, direction_weight = 1;
  double temperature = 4, tikhonov = 0.1;
};
void fields(OptionVisitor& v, SkdTerm& o);

/// Terms with nothing to set but how much they weigh and what they compare.
struct TappedTerm {
  double weight = 0;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, TappedTerm& o);

struct AttentionTerm {
  double weight = 0;
  int64_t power = 2;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, AttentionTerm& o);

struct RkdTerm {
  double weight = 0;
  double distance_weight = 25, angle_weight = 50;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, RkdTerm& o);

enum class MapDifference { l2, l1, smooth_l1, cosine };
inline std::vector<std::string> choices(MapDifference) { return {"l2", "l1", "smooth_l1", "cosine"}; }
enum class MapReduction { mean, sum };
inline std::vector<std::string> choices(MapReduction) { return {"mean", "sum"}; }

/// A plain difference of activations of equal shape.
struct MapsTerm {
  double weight = 0;
  MapDifference difference = MapDifference::l2;
  MapReduction reduction = MapReduction::mean;
  std::vector<double> pair_weights = {};
  TapOptions taps = {};

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, MapsTerm& o);

enum class FlowForm { squares, columns };
inline std::vector<std::string> choices(FlowForm) { return {"squares", "columns"}; }

struct FspTerm {
  double weight = 0;
  FlowForm form = FlowForm::squares;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, FspTerm& o);

enum class CwdSource { maps, logits };
inline std::vector<std::string> choices(CwdSource) { return {"maps", "logits"}; }

struct CwdTerm {
  double weight = 0;
  CwdSource of = CwdSource::maps;
  double temperature = 4;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, CwdTerm& o);

struct AbTerm {
  double weight = 0;
  double margin = 1;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, AbTerm& o);

struct OfdTerm {
  double weight = 0;
  std::vector<std::string> norms = {};
  TapOptions taps = {};
};
void fields(OptionVisitor& v, OfdTerm& o);

/// One stage's map, regressed.
struct FitnetsTerm {
  double weight = 0;
  int64_t stage = 2;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, FitnetsTerm& o);

struct CcTerm {
  double weight = 0;
  int64_t dimensions = 128;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, CcTerm& o);

struct CrdTerm {
  double weight = 0;
  int64_t dimensions = 128, negatives = 16384;
  double temperature = 0.07, momentum = 0.5;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, CrdTerm& o);

struct MgdTerm {
  double weight = 0;
  double mask_ratio = 0.15;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, MgdTerm& o);

struct ReviewTerm {
  double weight = 0;
  double warm_up_epochs = 20;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, ReviewTerm& o);

struct PadTerm {
  double weight = 0;
  bool variance = true;
  double epsilon = 1e-6;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, PadTerm& o);

/// The teacher's map, made small and given back: the first stage of factor transfer and of knowledge adaptation.
struct ParaphraserTerm {
  double weight = 0;
  double rate = 0.5;
  double factor_l1 = 0;
  std::string tap = {};  // empty: the last stage
};
void fields(OptionVisitor& v, ParaphraserTerm& o);

enum class FactorForm { attention, whole };
inline std::vector<std::string> choices(FactorForm) { return {"attention", "whole"}; }

struct FtTerm {
  double weight = 0;
  FactorForm form = FactorForm::attention;
  double rate = 0.5;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, FtTerm& o);

struct KtaTerm {
  double weight = 0;
  double rate = 0.5;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, KtaTerm& o);

struct AffinityTerm {
  double weight = 0;
  bool adapt = true;
  double rate = 0.5;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, AffinityTerm& o);

struct SskdHeadTerm {
  double weight = 0;
  std::string tap = {};  // empty: the pooled vector
};
void fields(OptionVisitor& v, SskdHeadTerm& o);

struct SskdTerm {
  double weight = 0;
  double kl_weight = 0.9, ss_weight = 10, tf_weight = 2.7;
  double kl_temperature = 4, ss_temperature = 0.5, tf_temperature = 4;
  double ss_ratio = 0.75, tf_ratio = 1;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, SskdTerm& o);

struct NdTerm {
  double weight = 0;
  losses::NdForm form = losses::NdForm::norm_and_direction;
  double norm_step = 1;
  TapOptions taps = {};
};
void fields(OptionVisitor& v, NdTerm& o);

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

/// ACAM-KD. Its masks are learned with the student.
struct AcamTerm {
  double weight = 0;
  double spatial_weight = 1, channel_weight = 1;
  double diversity_weight = 1;
  int64_t masks = 0;  // 0: by the task
  losses::DiversityForm diversity = losses::DiversityForm::pairs;
  losses::MaskMakers masks_from = losses::MaskMakers::both;
  double unit_deviation = 0.01;
  bool detach_student_in_mask = false;
  int64_t max_tokens = 4096;
  TapOptions taps = {};

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, AcamTerm& o);

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
