// A loss as a list of weighted terms over the outputs of student and teacher.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/random.h"
#include "distil/model/engine/loss_options.h"
#include "nn/network.h"
#include "nn/taps.h"

namespace retort::model {

/// What one network gave for a batch.
struct Outputs {
  at::Tensor logits = {};  ///< [B,K], of dense networks [B,K,H,W]; undefined when no term wants them
  const nn::Taps* taps = nullptr;
  const nn::Weights* weights = nullptr;  ///< what the network ran on, for terms that read weights
  at::Tensor mean_logits = {};           ///< [B,K] of several teachers, where `logits` are theirs mixed; else undefined
};

struct TermInputs {
  Outputs student = {}, teacher = {};                   ///< empty: did not run
  at::Tensor labels = {};                               ///< [N] int64, one a picture: N = B / views; or maps [N,H,W]
  double epoch = 1;                                     ///< counted from 1, without fraction: what warm-ups go by
  at::Tensor sample_index = {};                         ///< [N] int64, numbers in the training set
  const std::vector<int64_t>* labels_of_set = nullptr;  ///< the class of every training sample
  at::Tensor aspects_of_set = {};     ///< [samples,Q] probabilities of yes; undefined without student.aspects
  at::Tensor subclass_of_set = {};    ///< [samples] int64 (hidden_classes.h); undefined unless a term asks
  RandomTree random = RandomTree(0);  ///< of this batch
  at::Tensor partner_labels = {};     ///< [N] int64 of a mixed batch (data/mixing.h), else undefined
  double lambda = 1;                  ///< share of `labels` in a mixed batch
  int64_t extra = 0;  ///< pictures without labels behind those N (extra_data.h); terms that don't ask see none of them
  int64_t views = 1;  ///< rows of each picture in a row (batch_views.h); terms that asked for none see the first alone
};

/// What a term does once gradients are there: memories that a graph still reads must not change before.
using AfterBackward = std::vector<std::function<void()>>;

/// Calls back with what the teacher says of each batch of the training set, in the order of the set and without
/// augmentation: its outputs as the term reads them, labels, sample numbers. False: the run is to stop, and not all was
/// seen.
using TeacherTour = std::function<bool(const std::function<void(const TermInputs&)>& visit)>;

struct LossTerm {
  std::string name;
  double weight = 1;
  double warm_up_epochs = 0;       ///< the weight is multiplied by min(epoch / this, 1)
  bool warm_up_from_zero = false;  ///< counts the first epoch as 0 there: it then weighs nothing
  std::vector<std::string> student_taps = {}, teacher_taps = {};
  bool student_logits = false, teacher_logits = false;  ///< reads them; else a network may stop behind the last tap
  bool uses_student = true, uses_teacher = true;        ///< runs on that side at all
  bool teacher_weights = false;                         ///< reads Outputs::weights of the teacher
  bool reads_labels = false;                            ///< as does one that needs plain ones
  bool needs_plain_labels = false;                      ///< makes no sense on mixed batches
  bool sees_extra = false;                              ///< reads the rows of pictures without labels too
  bool reads_subclasses = false;                        ///< TermInputs::subclass_of_set
  bool takes_maps = false;                              ///< its logits and labels may be those of dense networks
  std::string batch_transform = {};                     ///< of batch_views()
  std::string modules = {};                             ///< scope of its modules, which terms may share; empty: `name`
  std::vector<std::string> frozen_modules = {};         ///< paths below which it reads and must not train
  /// [] not weighted. The scope gives the term's own modules and memories, which are trained and kept with the student.
  std::function<at::Tensor(const TermInputs&, const nn::Scope&, AfterBackward&)> value = {};
  /// Fills the term's memories with what the teacher tells of the whole training set. Called once, before the first
  /// step: a resumed training has them from its checkpoint. False when the tour gave false.
  std::function<bool(const TeacherTour&, const nn::Scope&)> prepare = {};
  /// Of a batch, as means over its samples: what shows whether the term does what it is for. The evaluation has them.
  std::function<std::map<std::string, double>(const TermInputs&, const nn::Scope&)> figures = {};

  double weight_at(double epoch) const;
  const std::string& module_scope() const { return modules.empty() ? name : modules; }
};

/// The terms of weight above 0. `teacher` may be null: for a teacher that gives logits alone, or activations under
/// names that the recipe lists; UserError naming the term that needs to know its stages.
std::vector<LossTerm> make_loss_terms(const LossOptions& options, const nn::Network& student,
                                      const nn::Network* teacher);

/// Names of all taps that the terms want from the student or the teacher.
std::vector<std::string> student_taps_of(const std::vector<LossTerm>& terms);
std::vector<std::string> teacher_taps_of(const std::vector<LossTerm>& terms);

/// What the terms together want done to a batch; UserError when they disagree.
std::string batch_transform_of(const std::vector<LossTerm>& terms);

struct LossValue {
  at::Tensor total;                ///< [] weighted sum
  std::vector<at::Tensor> values;  ///< [] each, detached, not weighted, in the order of the terms
  AfterBackward after_backward;    ///< to be called, in order
};

/// `modules`: what create_term_modules() made; a term's tensors stand below its module_scope().
LossValue evaluate_loss(const std::vector<LossTerm>& terms, const TermInputs& inputs, const nn::Weights& modules);

/// Fresh modules of all terms, shaped by example inputs of at least two samples.
nn::Weights create_term_modules(const std::vector<LossTerm>& terms, const TermInputs& example, RandomTree random);

/// Has all terms prepared that ask for it, those that share modules once. `tour` makes the tour of a term. False as
/// LossTerm::prepare.
bool prepare_terms(const std::vector<LossTerm>& terms, const std::function<TeacherTour(const LossTerm&)>& tour,
                   const nn::Weights& modules);

}  // namespace retort::model
