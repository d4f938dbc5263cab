// Student and teacher run on a batch, as far as a loss wants.
#pragma once

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "data/batch.h"
#include "data/mixing.h"
#include "distil/model/engine/loss_terms.h"
#include "distil/model/engine/teacher.h"
#include "nn/network.h"
#include "nn/weights.h"
#include "train/precision.h"

namespace retort::model {

/// Who runs, and how. What is referred to must outlive the passes.
struct StudentAndTeacher {
  const nn::Network& student;
  const nn::Weights& student_weights;
  Teacher* teacher = nullptr;
  const std::vector<int64_t>& labels_of_set;
  at::Tensor aspects_of_set = {};     ///< as TermInputs::aspects_of_set
  at::Tensor subclass_of_set = {};    ///< as TermInputs::subclass_of_set
  RandomTree random = RandomTree(0);  ///< of the training
  int64_t batches_per_epoch = 1;
  data::MixingOptions mixing = {};
  bool channels_last = true;
  train::Precision precision = train::Precision::float32;
  bool student_learns = true;  ///< false: it runs as for prediction, its running statistics stay
};

/// Logits where a term reads them, and the taps that the terms name. A network of which only activations are wanted
/// stops behind the last; one that no term looks at does not run.
class ForwardPass {
 public:
  /// `learning`: samples are mixed, the student is in training mode, the teacher as its options say; else both as for
  /// prediction. `epoch` counts from 1.
  ForwardPass(const StudentAndTeacher& pair, const std::vector<LossTerm>& terms, const data::Batch& batch, double epoch,
              bool learning);
  ForwardPass(const ForwardPass&) = delete;
  ForwardPass& operator=(const ForwardPass&) = delete;

  const TermInputs& inputs() const { return inputs_; }

 private:
  at::Tensor image_of(const StudentAndTeacher& pair, const data::Batch& batch, bool learning);
  void run_teacher(const StudentAndTeacher& pair, const TeacherBatch& seen, bool wants_logits);
  at::Tensor mixed_as_pictures(const at::Tensor& logits) const;
  void run_student(const StudentAndTeacher& pair, const at::Tensor& image, const nn::ForwardMode& mode,
                   bool wants_logits);

  nn::Taps student_taps_, teacher_taps_;
  TermInputs inputs_;
  at::Tensor partner_;  ///< [N] of a mixed batch
};

}  // namespace retort::model
