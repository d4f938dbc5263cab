// A loss as a list of weighted terms over the outputs of student and teacher.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "core/random.h"
#include "distil/model/engine/loss_options.h"
#include "nn/network.h"
#include "nn/taps.h"

namespace retort::model {

/// What one network gave for a batch.
struct Outputs {
  at::Tensor logits = {};  ///< [B,K]
  const nn::Taps* taps = nullptr;
};

struct TermInputs {
  Outputs student = {}, teacher = {};                   ///< teacher: empty without one
  at::Tensor labels = {};                               ///< [B] int64
  double epoch = 1;                                     ///< counted from 1, without fraction: what warm-ups go by
  at::Tensor sample_index = {};                         ///< [B] int64, numbers in the training set
  const std::vector<int64_t>* labels_of_set = nullptr;  ///< the class of every training sample
  RandomTree random = RandomTree(0);                    ///< of this batch
};

/// What a term does once gradients are there: memories that a graph still reads must not change before.
using AfterBackward = std::vector<std::function<void()>>;

struct LossTerm {
  std::string name;
  double weight = 1;
  double warm_up_epochs = 0;  ///< the weight is multiplied by min(epoch / this, 1)
  std::vector<std::string> student_taps = {}, teacher_taps = {};
  /// [] not weighted. The scope gives the term's own modules and memories, which are trained and kept with the student.
  std::function<at::Tensor(const TermInputs&, const nn::Scope&, AfterBackward&)> value = {};

  double weight_at(double epoch) const;
};

/// The terms of weight above 0. `teacher` may be null where no term needs one.
std::vector<LossTerm> make_loss_terms(const LossOptions& options, const nn::Network& student,
                                      const nn::Network* teacher);

/// Names of all taps that the terms want from the student or the teacher.
std::vector<std::string> student_taps_of(const std::vector<LossTerm>& terms);
std::vector<std::string> teacher_taps_of(const std::vector<LossTerm>& terms);

struct LossValue {
  at::Tensor total;                ///< [] weighted sum
  std::vector<at::Tensor> values;  ///< [] each, detached, not weighted, in the order of the terms
  AfterBackward after_backward;    ///< to be called, in order
};

/// `modules`: what create_term_modules() made; a term's tensors stand below its name.
LossValue evaluate_loss(const std::vector<LossTerm>& terms, const TermInputs& inputs, const nn::Weights& modules);

/// Fresh modules of all terms, shaped by example inputs of at least two samples.
nn::Weights create_term_modules(const std::vector<LossTerm>& terms, const TermInputs& example, RandomTree random);

}  // namespace retort::model
