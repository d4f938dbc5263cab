// Options of the terms that compare activations inside the networks. A term of weight 0 is not computed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"
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

/// What terms that compare activations have in common.
struct TapComparison {
  double weight = 0;
  TapOptions taps = {};
};

struct DistPlusTerm : TapComparison {
  double beta = 2, gamma = 2, iota = 1, kappa = 1, temperature = 1;
};
void fields(OptionVisitor& v, DistPlusTerm& o);

/// Terms with nothing to set but how much they weigh and what they compare.
struct TappedTerm : TapComparison {};
void fields(OptionVisitor& v, TappedTerm& o);

struct AttentionTerm : TapComparison {
  int64_t power = 2;
};
void fields(OptionVisitor& v, AttentionTerm& o);

struct RkdTerm : TapComparison {
  double distance_weight = 25, angle_weight = 50;
};
void fields(OptionVisitor& v, RkdTerm& o);

enum class MapDifference { l2, l1, smooth_l1, cosine };
inline std::vector<std::string> choices(MapDifference) { return {"l2", "l1", "smooth_l1", "cosine"}; }
enum class MapReduction { mean, sum };
inline std::vector<std::string> choices(MapReduction) { return {"mean", "sum"}; }

/// A plain difference of activations of equal shape.
struct MapsTerm : TapComparison {
  MapDifference difference = MapDifference::l2;
  MapReduction reduction = MapReduction::mean;
  std::vector<double> pair_weights = {};

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, MapsTerm& o);

enum class FlowForm { squares, columns };
inline std::vector<std::string> choices(FlowForm) { return {"squares", "columns"}; }

struct FspTerm : TapComparison {
  FlowForm form = FlowForm::squares;
};
void fields(OptionVisitor& v, FspTerm& o);

enum class CwdSource { maps, logits };
inline std::vector<std::string> choices(CwdSource) { return {"maps", "logits"}; }

struct CwdTerm : TapComparison {
  CwdSource of = CwdSource::maps;
  double temperature = 4;
};
void fields(OptionVisitor& v, CwdTerm& o);

struct AbTerm : TapComparison {
  double margin = 1;
};
void fields(OptionVisitor& v, AbTerm& o);

struct OfdTerm : TapComparison {
  std::vector<std::string> norms = {};
};
void fields(OptionVisitor& v, OfdTerm& o);

/// One stage's map, regressed.
struct FitnetsTerm : TapComparison {
  int64_t stage = 2;
};
void fields(OptionVisitor& v, FitnetsTerm& o);

struct CcTerm : TapComparison {
  int64_t dimensions = 128;
};
void fields(OptionVisitor& v, CcTerm& o);

struct CrdTerm : TapComparison {
  int64_t dimensions = 128, negatives = 16384;
  double temperature = 0.07, momentum = 0.5;
};
void fields(OptionVisitor& v, CrdTerm& o);

struct MgdTerm : TapComparison {
  double mask_ratio = 0.15;
};
void fields(OptionVisitor& v, MgdTerm& o);

struct ReviewTerm : TapComparison {
  double warm_up_epochs = 20;
};
void fields(OptionVisitor& v, ReviewTerm& o);

struct PadTerm : TapComparison {
  bool variance = true;
  double epsilon = 1e-6;
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

struct FtTerm : TapComparison {
  FactorForm form = FactorForm::attention;
  double rate = 0.5;
};
void fields(OptionVisitor& v, FtTerm& o);

struct KtaTerm : TapComparison {
  double rate = 0.5;
};
void fields(OptionVisitor& v, KtaTerm& o);

struct AffinityTerm : TapComparison {
  bool adapt = true;
  double rate = 0.5;
};
void fields(OptionVisitor& v, AffinityTerm& o);

struct SskdHeadTerm {
  double weight = 0;
  std::string tap = {};  // empty: the pooled vector
};
void fields(OptionVisitor& v, SskdHeadTerm& o);

struct SskdTerm : TapComparison {
  double kl_weight = 0.9, ss_weight = 10, tf_weight = 2.7;
  double kl_temperature = 4, ss_temperature = 0.5, tf_temperature = 4;
  double ss_ratio = 0.75, tf_ratio = 1;
};
void fields(OptionVisitor& v, SskdTerm& o);

struct NdTerm : TapComparison {
  losses::NdForm form = losses::NdForm::norm_and_direction;
  double norm_step = 1;
};
void fields(OptionVisitor& v, NdTerm& o);

/// ACAM-KD. Its masks are learned with the student.
struct AcamTerm : TapComparison {
  double spatial_weight = 1, channel_weight = 1;
  double diversity_weight = 1;
  int64_t masks = 0;  // 0: by the task
  losses::DiversityForm diversity = losses::DiversityForm::pairs;
  losses::MaskMakers masks_from = losses::MaskMakers::both;
  double unit_deviation = 0.01;
  bool detach_student_in_mask = false;
  int64_t max_tokens = 4096;

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, AcamTerm& o);

}  // namespace retort::model
