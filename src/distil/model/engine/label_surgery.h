// Stored soft labels of crops that the teacher was unsure or all too sure of: which are changed, which are not shown
// (FerKD; data/label_adaptation.h).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/options.h"
#include "data/crop_pool.h"
#include "data/label_adaptation.h"
#include "data/sets/dataset.h"
#include "data/soft_labels/file.h"

namespace retort::model {

/// As it stands nothing changes.
struct LabelSurgeryOptions {
  double low = 0, high = 1.01;
  double low_share = 0, high_share = 0;
  double smoothing = 0.1;
  data::Confidence confidence = data::Confidence::max;
  data::BandAction below = data::BandAction::soften, between = data::BandAction::keep, above = data::BandAction::drop;

  bool is_on() const { return low > 0 || high <= 1 || low_share > 0 || high_share > 0; }
  void check(Problems& problems) const;
  data::AdaptationOptions adaptation() const;
};
void fields(OptionVisitor& v, LabelSurgeryOptions& o);

/// Reads all records of a file whose samples are those of `set`. Puts the thresholds that the shares mean into `low`
/// and `high` and the shares to 0, so that adaptation() is what a batch needs. Gives the crops that are not dropped, or
/// null where nothing is; of crops at the cut of a share as many are taken as make it up. UserError when a record is
/// damaged, when the lower threshold comes to lie above the upper one, or when crops are to be dropped of pictures that
/// have only one look.
std::shared_ptr<const data::CropPool> plan_label_surgery(LabelSurgeryOptions& options, const data::SoftLabelFile& file,
                                                         const data::Dataset& set);

/// The confidences (largest probabilities) that the given shares of a file's crops lie below: what thresholds are
/// chosen by. UserError when a record is damaged.
std::vector<double> confidence_quantiles(const data::SoftLabelFile& file, const std::vector<double>& shares);

}  // namespace retort::model
