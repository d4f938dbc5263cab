// The criterion of a stage as terms of a loss.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "distil/model/torchdistill/optimiser_words.h"
#include "distil/model/torchdistill/stage_model.h"

namespace retort::torchdistill {

struct TermWords {
  std::string name;  ///< "kd"
  double weight = 0;
  Settings settings = {};                                         ///< all but the weight and the taps
  std::vector<std::string> student_taps = {}, teacher_taps = {};  ///< in pairs
  int line = 0;
};

/// Terms of a stage, in the file's order; each name once.
using LossWords = std::vector<TermWords>;

/// The term of that name, or null.
const TermWords* find_term(const LossWords& loss, const std::string& name);

/// Where a criterion stands: what it may hook, and where its terms go.
struct LossPlace {
  const StageModel& student;
  const StageModel& teacher;
  int64_t negatives = 0;  ///< of the data-set wrapper for CRD
  bool rotations = false;
  double weight = 1;
  LossWords* loss = nullptr;

  /// Adds a term. One that is there already must have the same settings; then weights are summed when it compares the
  /// same things, otherwise the taps are joined when the weights are equal. Faults, at `section`, else.
  void add(TermWords term, Section& section) const;
};

/// WeightedSumLoss of sub-terms, or a single criterion.
LossWords read_criterion(Section criterion, const StageModel& student, const StageModel& teacher, int64_t negatives,
                         bool rotations);

/// Reads the arguments of the mid-level loss `key` (losses/mid_level.py); false when there is none of that name.
bool read_logit_loss(const std::string& key, Section& arguments, const LossPlace& place);
bool read_feature_loss(const std::string& key, Section& arguments, const LossPlace& place);
bool read_staged_loss(const std::string& key, Section& arguments, const LossPlace& place);
/// Their names.
std::vector<std::string> logit_losses();
std::vector<std::string> feature_losses();
std::vector<std::string> staged_losses();

/// Arguments of cross-entropy; gives its label smoothing.
double read_cross_entropy(Section& arguments);
/// The tensor that PREFIX_module_path and PREFIX_module_io name must be the network's logits.
void require_logits(Section& arguments, const StageModel& model, const std::string& prefix);
/// The tap of arguments `path_key` and `io_key` (empty: the output).
std::string tap_argument(Section& arguments, const StageModel& model, const std::string& path_key,
                         const std::string& io_key);
void require_batch_mean(Section& arguments, const std::string& fallback);

}  // namespace retort::torchdistill
