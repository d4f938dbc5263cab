// Who a student learns from: whatever gives logits, and perhaps activations, for a batch.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/random.h"
#include "data/batch.h"
#include "nn/network.h"
#include "nn/taps.h"
#include "nn/weights.h"

namespace retort::run {
class StateWriter;
class StateReader;
}  // namespace retort::run

namespace retort::model {

/// A batch as the student sees it.
struct TeacherBatch {
  const data::Batch& batch;           ///< labels, sample numbers, epoch
  at::Tensor image = {};              ///< [B,C,H,W], of either memory format
  bool learning = true;               ///< a training step, not a test
  RandomTree random = RandomTree(0);  ///< of this step
};

/// What a teacher says of a batch.
struct TeacherLogits {
  at::Tensor logits;            ///< [B,K]
  at::Tensor mean_logits = {};  ///< [B,K] of several teachers, by their shares, however `logits` mix them
};

class Teacher {
 public:
  virtual ~Teacher() = default;

  /// For messages and plans: "resnet56_a of resnet56.th".
  virtual std::string name() const = 0;

  /// Logits [B,K] without gradient. Activations that `taps` wants are offered to it.
  virtual at::Tensor look(const TeacherBatch& seen, nn::Taps& taps) = 0;

  /// look() as well; what several teachers say is told in both ways.
  virtual TeacherLogits look_at_all(const TeacherBatch& seen, nn::Taps& taps) { return {look(seen, taps)}; }

  /// Activations alone: a network may stop behind the last of them.
  virtual void look_at_taps(const TeacherBatch& seen, nn::Taps& taps) { look(seen, taps); }

  /// The architecture whose stages a loss may tap; null for teachers that give logits only, which terms on maps refuse.
  virtual const nn::Network* network() const { return nullptr; }

  /// What network() runs on; null for teachers without weights of their own.
  virtual const nn::Weights* weights() const { return nullptr; }

  /// Told once, before the first look: what activations will be asked for.
  virtual void expect(const std::vector<std::string>& /*taps*/) {}

  /// False: only pictures of the training set, changed as stored; such a teacher can't be tested.
  virtual bool sees_any_picture() const { return true; }

  /// What changes while the teacher is used (running statistics in training mode), and back.
  virtual void save(run::StateWriter& /*writer*/) const {}
  virtual void load(const run::StateReader& /*reader*/) {}
};

}  // namespace retort::model
