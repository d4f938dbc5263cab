#include "distil/model/engine/monitor.h"

#include <ATen/ATen.h>

#include "data/sets/sample.h"
#include "run/job.h"

namespace retort::model {

namespace {
double mean_entropy(const at::Tensor& logits) {
  const auto log_probabilities = at::log_softmax(logits.detach(), 1);
  return -(log_probabilities.exp() * log_probabilities).sum(1).mean().item<double>();
}

double share_of_equal(const at::Tensor& a, const at::Tensor& b) { return a.eq(b).to(at::kFloat).mean().item<double>(); }

/// [B] or [B,H,W], of which void pixels count for nothing.
double share_of_right(const at::Tensor& guess, const at::Tensor& labels) {
  if (labels.dim() == 1) return share_of_equal(guess, labels);
  const auto counts = labels.ne(data::void_class);
  return share_of_equal(guess.masked_select(counts), labels.masked_select(counts));
}
}  // namespace

void record_predictions(const MonitorOptions& options, const at::Tensor& student_logits,
                        const at::Tensor& teacher_logits, const at::Tensor& labels, run::Recorder& recorder) {
  if (!student_logits.defined()) return;
  const auto guess = student_logits.detach().argmax(1);
  if (options.accuracy) recorder.scalar("monitor/accuracy", share_of_right(guess.slice(0, 0, labels.size(0)), labels));
  if (options.entropy) recorder.scalar("monitor/student_entropy", mean_entropy(student_logits));
  if (!teacher_logits.defined()) return;
  if (options.agreement) recorder.scalar("monitor/agreement", share_of_equal(guess, teacher_logits.argmax(1)));
  if (options.entropy) recorder.scalar("monitor/teacher_entropy", mean_entropy(teacher_logits));
}

StepMonitor::StepMonitor(const MonitorOptions& options, const train::ParameterBuffer& buffer)
    : options_(options), buffer_(buffer) {
  if (options.gradient_norm) gradient_norm_ = buffer.gradients().norm().item<double>();
  if (options.update_ratio) values_before_ = buffer.values().clone();
}

void StepMonitor::record(run::Recorder& recorder) const {
  if (options_.gradient_norm) recorder.scalar("monitor/gradient_norm", gradient_norm_);
  if (options_.update_ratio)
    recorder.scalar(
        "monitor/update_ratio",
        ((buffer_.values() - values_before_).norm() / values_before_.norm().clamp_min(1e-12)).item<double>());
}

}  // namespace retort::model
