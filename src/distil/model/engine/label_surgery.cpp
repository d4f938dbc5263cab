#include "distil/model/engine/label_surgery.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>

#include "core/errors.h"
#include "core/random.h"

namespace retort::model {

namespace {
constexpr int64_t records_at_once = 4096;

/// Confidence in the samples `labels` from `first` on, in one epoch: [N].
at::Tensor read_confidence(const data::SoftLabelFile& file, int64_t epoch, int64_t first, const at::Tensor& labels,
                           data::Confidence confidence) {
  const int64_t classes = file.header().classes;
  auto logits = at::empty({labels.size(0), classes}, at::kFloat);
  for (int64_t i = 0; i < labels.size(0); ++i)
    file.read(epoch, first + i, {logits.data_ptr<float>() + i * classes, static_cast<size_t>(classes)}, {});
  return data::label_confidence(at::softmax(logits, 1), labels, confidence).contiguous();
}

/// Of each crop, sample after sample: sample * epochs + epoch. labels [N] int64.
std::vector<float> confidences_of(const data::SoftLabelFile& file, const at::Tensor& labels,
                                  data::Confidence confidence) {
  const auto& held = file.header();
  std::vector<float> all(static_cast<size_t>(held.records()));
  for (int64_t epoch = 0; epoch < held.epochs; ++epoch)
    for (int64_t first = 0; first < held.data.samples; first += records_at_once) {
      const int64_t end = std::min(first + records_at_once, held.data.samples);
      const auto values = read_confidence(file, epoch, first, labels.slice(0, first, end), confidence);
      for (int64_t i = 0; i < end - first; ++i)
        all[static_cast<size_t>((first + i) * held.epochs + epoch)] = values.const_data_ptr<float>()[i];
    }
  return all;
}

float quantile_of(std::vector<float> values, double share) {
  const auto place = std::min(static_cast<size_t>(share * static_cast<double>(values.size())), values.size() - 1);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(place), values.end());
  return values[place];
}

/// Where a band ends. A sure teacher says exactly 1 of many crops, so that some of those at the cut belong inside.
struct SurgeryCut {
  float value = 0;
  double share_of_equals = 0;

  /// `crop` decides of equals, the same way each time.
  bool takes_equal(size_t crop) const {
    return share_of_equals > 0 && RandomTree(0).child(crop).generator().uniform() < share_of_equals;
  }
};

/// The cut that leaves `share` of the values outside: those below it, or, with `above`, those above.
SurgeryCut cut_at_share(const std::vector<float>& values, double share, bool above) {
  SurgeryCut cut{.value = quantile_of(values, above ? 1 - share : share)};
  int64_t beyond = 0, equal = 0;
  for (const float value : values) {
    beyond += (above ? value > cut.value : value < cut.value) ? 1 : 0;
    equal += value == cut.value ? 1 : 0;
  }
  const double wanted = share * static_cast<double>(values.size()) - static_cast<double>(beyond);
  cut.share_of_equals = std::clamp(wanted / static_cast<double>(equal), 0.0, 1.0);
  return cut;
}

at::Tensor labels_of(const data::Dataset& set) {
  auto labels = at::empty({set.size()}, at::kLong);
  for (int64_t i = 0; i < set.size(); ++i) labels.data_ptr<int64_t>()[i] = set.label(i);
  return labels;
}
}  // namespace

void LabelSurgeryOptions::check(Problems& problems) const {
  problems.require(low <= high, "low", "lies above 'high'");
  problems.require(low_share + high_share < 1, "high_share", "leaves no crop together with 'low_share'");
}

data::AdaptationOptions LabelSurgeryOptions::adaptation() const {
  return {.low = low,
          .high = high,
          .smoothing = smoothing,
          .confidence = confidence,
          .below = below,
          .between = between,
          .above = above};
}

void fields(OptionVisitor& v, LabelSurgeryOptions& o) {
  v("low", o.low, "confidence below which the teacher is unreliable; 0: never", {.min = 0, .max = 1});
  v("high", o.high, "confidence from which a crop is too easy; above 1: never", {.min = 0, .max = 2});
  v("low_share", o.low_share, "instead of 'low': so many of all stored crops lie below it; 0: 'low' holds",
    {.min = 0, .max = 1});
  v("high_share", o.high_share, "instead of 'high': so many of all stored crops lie above it; 0: 'high' holds",
    {.min = 0, .max = 1});
  v("smoothing", o.smoothing, "share that a softened label spreads over all classes", {.min = 0, .max = 1});
  v("confidence", o.confidence, "the largest probability of a crop, or that of its label");
  v("below", o.below, "what becomes of the unreliable: kept, their label in place of the teacher's, not shown");
  v("between", o.between, "likewise of those between");
  v("above", o.above, "likewise of the too easy");
}

std::shared_ptr<const data::CropPool> plan_label_surgery(LabelSurgeryOptions& options, const data::SoftLabelFile& file,
                                                         const data::Dataset& set) {
  const auto& held = file.header();
  RT_CHECK(held.data.samples == set.size(), "{}: {} samples, the set has {}", file.name(), held.data.samples,
           set.size());
  const auto confidences = confidences_of(file, labels_of(set), options.confidence);
  const auto low = options.low_share > 0 ? cut_at_share(confidences, options.low_share, false)
                                         : SurgeryCut{.value = static_cast<float>(options.low)};
  const auto high = options.high_share > 0
                        ? cut_at_share(confidences, options.high_share, true)
                        : SurgeryCut{.value = static_cast<float>(options.high), .share_of_equals = 1};
  if (low.value > high.value)
    user_error("{}: teacher.adapt: the lower threshold comes to {:.4f}, above the upper one, {:.4f}", file.name(),
               low.value, high.value);
  options.low = low.value;
  options.high = high.value;
  options.low_share = options.high_share = 0;
  const auto action_of = [&](size_t crop) {
    const float confidence = confidences[crop];
    if (confidence > high.value || (confidence == high.value && high.takes_equal(crop))) return options.above;
    const bool below = confidence < low.value || (confidence == low.value && low.takes_equal(crop));
    return below ? options.below : options.between;
  };
  auto pool = std::make_shared<data::CropPool>();
  pool->epochs = held.epochs;
  for (size_t crop = 0; crop < confidences.size(); ++crop)
    pool->may_be_drawn.push_back(action_of(crop) != data::BandAction::drop);
  const bool all = std::all_of(pool->may_be_drawn.begin(), pool->may_be_drawn.end(), [](bool may) { return may; });
  if (all) return nullptr;
  if (!held.augmented || held.epochs < 2)
    user_error(
        "{}: holds one look at each picture, so teacher.adapt can drop none; make the file with more --epochs, or "
        "let teacher.adapt keep or soften",
        file.name());
  return pool;
}

std::vector<double> confidence_quantiles(const data::SoftLabelFile& file, const std::vector<double>& shares) {
  const auto any_label = at::zeros({file.header().data.samples}, at::kLong);
  auto confidences = confidences_of(file, any_label, data::Confidence::max);
  std::sort(confidences.begin(), confidences.end());
  std::vector<double> quantiles;
  for (const double share : shares)
    quantiles.push_back(confidences[std::min(static_cast<size_t>(share * static_cast<double>(confidences.size())),
                                             confidences.size() - 1)]);
  return quantiles;
}

}  // namespace retort::model
