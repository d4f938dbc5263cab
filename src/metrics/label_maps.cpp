#include "metrics/label_maps.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "core/registries.h"
#include "run/parity.h"

namespace retort::metrics {

namespace {

struct LabelCounts {
  int64_t first = 0, second = 0, both = 0;
  double iou() const { return static_cast<double>(both) / static_cast<double>(first + second - both); }
};

/// How often each label occurs in either map and in both at one place.
std::map<int64_t, LabelCounts> count_labels(const at::Tensor& first_map, const at::Tensor& second_map) {
  RT_CHECK(first_map.sizes() == second_map.sizes(), "label maps of {} and {} elements", first_map.numel(),
           second_map.numel());
  RT_CHECK(first_map.scalar_type() == at::kLong && second_map.scalar_type() == at::kLong, "label maps are int64");
  const at::Tensor first_flat = first_map.contiguous(), second_flat = second_map.contiguous();
  const int64_t *first = first_flat.data_ptr<int64_t>(), *second = second_flat.data_ptr<int64_t>();
  std::map<int64_t, LabelCounts> counts;
  for (int64_t index = 0; index < first_flat.numel(); ++index) {
    ++counts[first[index]].first;
    ++counts[second[index]].second;
    if (first[index] == second[index]) ++counts[first[index]].both;
  }
  return counts;
}

}  // namespace

double label_accuracy(const at::Tensor& teacher, const at::Tensor& student) {
  RT_CHECK(teacher.sizes() == student.sizes(), "label maps of {} and {} elements", teacher.numel(), student.numel());
  return teacher.eq(student).to(at::kDouble).mean().item<double>();
}

double mean_iou(const at::Tensor& target, const at::Tensor& prediction, int64_t num_classes) {
  double sum = 0;
  int64_t present = 0;
  for (const auto& [label, counts] : count_labels(target, prediction)) {
    if (label < 0 || label >= num_classes) continue;
    sum += counts.iou();
    ++present;
  }
  return present == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(present);
}

double mean_iou_top(const at::Tensor& teacher, const at::Tensor& student, int64_t num_classes) {
  std::vector<LabelCounts> counts;
  for (const auto& [label, count] : count_labels(teacher, student)) counts.push_back(count);
  std::stable_sort(counts.begin(), counts.end(),
                   [](const LabelCounts& a, const LabelCounts& b) { return a.first + a.second > b.first + b.second; });
  const int64_t taken = std::min<int64_t>(num_classes, static_cast<int64_t>(counts.size()));
  double sum = 0;
  for (int64_t index = 0; index < taken; ++index) sum += counts[index].iou();
  return sum / static_cast<double>(taken);
}

at::Tensor confusion_matrix(const at::Tensor& target, const at::Tensor& prediction, int64_t num_classes) {
  RT_CHECK(target.sizes() == prediction.sizes(), "label maps of {} and {} elements", target.numel(),
           prediction.numel());
  RT_CHECK(target.scalar_type() == at::kLong && prediction.scalar_type() == at::kLong, "label maps are int64");
  const at::Tensor target_flat = target.contiguous(), prediction_flat = prediction.contiguous();
  const int64_t *wanted = target_flat.const_data_ptr<int64_t>(), *found = prediction_flat.const_data_ptr<int64_t>();
  at::Tensor confusion = at::zeros({num_classes, num_classes}, at::kLong);
  auto* counts = confusion.data_ptr<int64_t>();
  for (int64_t index = 0; index < target_flat.numel(); ++index) {
    if (wanted[index] < 0 || wanted[index] >= num_classes) continue;
    RT_CHECK(found[index] >= 0 && found[index] < num_classes, "a prediction of class {} of {}", found[index],
             num_classes);
    ++counts[wanted[index] * num_classes + found[index]];
  }
  return confusion;
}

std::vector<double> class_ious(const at::Tensor& confusion) {
  const at::Tensor both = confusion.diagonal(), either = confusion.sum(0) + confusion.sum(1) - both;
  const at::Tensor ious = (both.to(at::kDouble) / either.to(at::kDouble)).contiguous();  // 0 / 0 is NaN
  return {ious.const_data_ptr<double>(), ious.const_data_ptr<double>() + ious.numel()};
}

double mean_iou(const at::Tensor& confusion) {
  double sum = 0;
  int64_t present = 0;
  for (const double iou : class_ious(confusion)) {
    if (std::isnan(iou)) continue;
    sum += iou;
    ++present;
  }
  return present == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(present);
}

double pixel_accuracy(const at::Tensor& confusion) {
  return confusion.diagonal().sum().item<double>() / confusion.sum().item<double>();
}

}  // namespace retort::metrics

namespace retort {

void register_label_maps(Registries& registries) {
  constexpr const char* repository = "ShijieZhou-UCLA/feature-3dgs @6c570d6, ";
  registries.parity.add(
      "metrics.label_accuracy",
      {.summary = "share of equal labels",
       .source = fmt::format("{}encoders/lseg_encoder/segmentation_metric.py calculate_accuracy", repository),
       .inputs = {{"teacher", "[1,H,W]", "i64"}, {"student", "[1,H,W]", "i64"}},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         const double value = metrics::label_accuracy(call.input("teacher"), call.input("student"));
         call.output("value", at::scalar_tensor(value, at::kDouble));
       }});
  registries.parity.add("metrics.mean_iou", {.summary = "intersection over union, mean over the classes present",
                                             .source = fmt::format("{}utils/loss_utils.py calculate_iou", repository),
                                             .inputs = {{"target", "[H,W]", "i64"}, {"prediction", "[H,W]", "i64"}},
                                             .options = {"num_classes"},
                                             .outputs = {{"value", "[]"}},
                                             .run = [](run::ParityCall& call) {
                                               const double value =
                                                   metrics::mean_iou(call.input("target"), call.input("prediction"),
                                                                     call.integer("num_classes"));
                                               call.output("value", at::scalar_tensor(value, at::kDouble));
                                             }});
  registries.parity.add(
      "metrics.mean_iou_top",
      {.summary = "intersection over union, mean over the most frequent labels of both maps",
       .source = fmt::format("{}encoders/lseg_encoder/segmentation_metric.py calculate_iou", repository),
       .inputs = {{"teacher", "[1,H,W]", "i64"}, {"student", "[1,H,W]", "i64"}},
       .options = {"num_classes"},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         const double value =
             metrics::mean_iou_top(call.input("teacher"), call.input("student"), call.integer("num_classes", 7));
         call.output("value", at::scalar_tensor(value, at::kDouble));
       }});
}

}  // namespace retort
