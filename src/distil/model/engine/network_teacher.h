// Teachers that are networks: one, or several that are heard together.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/registries.h"
#include "distil/model/engine/model_options.h"
#include "distil/model/engine/teacher.h"
#include "nn/fold_norms.h"
#include "nn/weights.h"

namespace retort::model {

class NetworkTeacher : public Teacher {
 public:
  NetworkTeacher(std::shared_ptr<const nn::Network> network, nn::Weights weights, TeacherMode mode,
                 train::Precision precision);

  std::string name() const override;
  at::Tensor look(const TeacherBatch& seen, nn::Taps& taps) override;
  void look_at_taps(const TeacherBatch& seen, nn::Taps& taps) override;
  const nn::Network* network() const override { return network_.get(); }
  const nn::Weights* weights() const override { return &weights_; }
  /// In evaluation mode batch norms are folded into the layers before them, where no tap lies between.
  void expect(const std::vector<std::string>& taps) override;
  void save(run::StateWriter& writer) const override;
  void load(const run::StateReader& reader) override;

 private:
  const nn::Network& running() const { return folded_ ? folded_->network : *network_; }
  at::Tensor forward(const TeacherBatch& seen, nn::Taps& taps) const;

  std::shared_ptr<const nn::Network> network_;
  nn::Weights weights_;
  std::optional<nn::FoldedNetwork> folded_;
  TeacherMode mode_;
  train::Precision precision_;
};

/// Several teachers as one; maps come from the first.
class TeacherCommittee : public Teacher {
 public:
  struct Member {
    std::unique_ptr<Teacher> teacher;
    double share = 1;
  };

  TeacherCommittee(std::vector<Member> members, TeacherMix mix);

  std::string name() const override;
  at::Tensor look(const TeacherBatch& seen, nn::Taps& taps) override;
  TeacherLogits look_at_all(const TeacherBatch& seen, nn::Taps& taps) override;
  void look_at_taps(const TeacherBatch& seen, nn::Taps& taps) override;
  const nn::Network* network() const override { return members_.front().teacher->network(); }
  const nn::Weights* weights() const override { return members_.front().teacher->weights(); }
  void expect(const std::vector<std::string>& taps) override;
  bool sees_any_picture() const override;
  void save(run::StateWriter& writer) const override;
  void load(const run::StateReader& reader) override;

 private:
  std::vector<Member> members_;
  TeacherMix mix_;
};

/// logits: sum of share_i logits_i over the sum of shares; probabilities: the logarithm of the same sum of softmaxes;
/// best: of each sample the row of the teacher with the highest probability of its label. All [B,K], labels [B].
at::Tensor mixed_logits(const std::vector<at::Tensor>& logits, const std::vector<double>& shares, TeacherMix mix,
                        const at::Tensor& labels);

}  // namespace retort::model
