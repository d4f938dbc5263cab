// Curves that tell how a training goes, beside the losses.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/options.h"
#include "train/parameter_buffer.h"

namespace retort::run {
class Recorder;
}

namespace retort::model {

/// Each adds work at the steps that are recorded, and at no others.
struct MonitorOptions {
  bool gradient_norm = false;
  bool update_ratio = false;
  bool accuracy = false;
  bool agreement = false;
  bool entropy = false;
};

inline void fields(OptionVisitor& v, MonitorOptions& o) {
  v("gradient_norm", o.gradient_norm, "length of the whole gradient, before clipping");
  v("update_ratio", o.update_ratio, "length of a step over the length of the parameters");
  v("accuracy", o.accuracy, "share of the batch that the student classifies rightly");
  v("agreement", o.agreement, "share of the batch on which student and teacher name the same class");
  v("entropy", o.entropy, "mean entropy of both networks' probabilities, in nats");
}

/// What the logits of a batch, [B,K] or [B,K,H,W], tell: "monitor/accuracy", "monitor/agreement",
/// "monitor/student_entropy", "monitor/teacher_entropy". Undefined logits are left out.
void record_predictions(const MonitorOptions& options, const at::Tensor& student_logits,
                        const at::Tensor& teacher_logits, const at::Tensor& labels, run::Recorder& recorder);

/// Follows one step: made before it, asked behind it. "monitor/gradient_norm", "monitor/update_ratio".
class StepMonitor {
 public:
  StepMonitor(const MonitorOptions& options, const train::ParameterBuffer& buffer);
  void record(run::Recorder& recorder) const;

 private:
  MonitorOptions options_;
  const train::ParameterBuffer& buffer_;
  double gradient_norm_ = 0;
  at::Tensor values_before_;
};

}  // namespace retort::model
