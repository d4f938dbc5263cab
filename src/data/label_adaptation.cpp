#include "data/label_adaptation.h"

#include <ATen/ATen.h>

#include <array>

#include "core/errors.h"
#include "core/registries.h"
#include "io/array.h"
#include "run/parity.h"

namespace retort::data {

at::Tensor label_confidence(const at::Tensor& soft_labels, const at::Tensor& labels, Confidence confidence) {
  if (soft_labels.dim() != 2 || soft_labels.size(1) < 1 || labels.dim() != 1 || labels.size(0) != soft_labels.size(0)) {
    user_error("label adaptation: soft labels {}, labels {}; they should be [N,C] and [N]",
               io::shape_text(soft_labels.sizes().vec()), io::shape_text(labels.sizes().vec()));
  }
  if (confidence == Confidence::max) return std::get<0>(soft_labels.max(1));
  return soft_labels.gather(1, labels.unsqueeze(1)).squeeze(1);
}

AdaptedLabels adapted_labels(const at::Tensor& soft_labels, const at::Tensor& labels,
                             const AdaptationOptions& options) {
  if (options.low > options.high) {
    user_error("label adaptation: the lower threshold {} lies above the upper one {}", options.low, options.high);
  }
  const at::Tensor confidence = label_confidence(soft_labels, labels, options.confidence);
  const int64_t classes = soft_labels.size(1);
  const at::Tensor truth = at::one_hot(labels, classes).to(soft_labels.scalar_type());
  const at::Tensor softened = (1 - options.smoothing) * truth + options.smoothing / static_cast<double>(classes);
  AdaptedLabels adapted{.labels = soft_labels,
                        .keep = at::ones_like(labels, at::kBool),
                        .band = confidence.ge(options.low).to(at::kLong) + confidence.ge(options.high).to(at::kLong)};
  const std::array<BandAction, 3> actions = {options.below, options.between, options.above};
  for (size_t band = 0; band < actions.size(); ++band) {
    const at::Tensor within = adapted.band.eq(static_cast<int64_t>(band));
    if (actions[band] == BandAction::soften) {
      adapted.labels = at::where(within.unsqueeze(1), softened, adapted.labels);
    } else if (actions[band] == BandAction::drop) {
      adapted.keep = adapted.keep.logical_and(within.logical_not());
    }
  }
  return adapted;
}

}  // namespace retort::data

namespace retort {

void register_label_adaptation(Registries& registries) {
  registries.parity.add("model.ferkd.adapt_labels",
                        {.summary = "soft labels of unsure crops replaced, all too sure crops dropped",
                         .source = "derived from the paper",
                         .inputs = {{"soft_labels", "[N,C]"}, {"labels", "[N]", "i64"}},
                         .options = {"low", "high", "smoothing", "confidence"},
                         .outputs = {{"labels", "[N,C]"}, {"keep", "[N]", "bool"}, {"band", "[N]", "i64"}},
                         .run = [](run::ParityCall& call) {
                           data::AdaptationOptions options;
                           options.low = call.number("low", options.low);
                           options.high = call.number("high", options.high);
                           options.smoothing = call.number("smoothing", options.smoothing);
                           if (call.has_option("confidence") && call.text("confidence") == "label") {
                             options.confidence = data::Confidence::label;
                           }
                           const auto adapted =
                               data::adapted_labels(call.input("soft_labels"), call.input("labels"), options);
                           call.output("labels", adapted.labels);
                           call.output("keep", adapted.keep);
                           call.output("band", adapted.band);
                         }});
}

}  // namespace retort
