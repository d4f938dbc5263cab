// A teacher that was asked beforehand: its logits come from a file (docs/soft_labels.md).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/registries.h"
#include "data/data_options.h"
#include "data/label_adaptation.h"
#include "data/sets/dataset.h"
#include "data/soft_labels/file.h"
#include "distil/model/engine/teacher.h"

namespace retort::model {

struct CachedTeacherOptions {
  std::string file;              ///< of soft labels
  std::string network, weights;  ///< who must have spoken; empty: anyone
  std::optional<data::AdaptationOptions> adaptation = {};
};

/// Looks up what was said of each sample. The rows of a batch must be pictures of the training set, changed as the
/// loader of replay_augmentation()'s options changes them: a batch of tests has the same sample numbers and would get
/// wrong logits. Of mixed pictures it tells what was said of each before they were mixed.
class CachedTeacher : public Teacher {
 public:
  /// `network` (may be null) is what terms on the stored feature ask for the name of its tap.
  /// `adaptation`: what of the labels is softened; what is dropped must not come.
  CachedTeacher(data::SoftLabelFile file, std::shared_ptr<const nn::Network> network,
                std::optional<data::AdaptationOptions> adaptation = {});

  std::string name() const override;
  /// Logits [B,K] (see read_soft_label()), and the stored feature [B,D] where it is wanted. UserError when other
  /// activations are wanted, when the batch's pictures were changed as in an epoch that is not stored, or when a record
  /// is damaged.
  at::Tensor look(const TeacherBatch& seen, nn::Taps& taps) override;
  /// Null unless a feature is stored.
  const nn::Network* network() const override { return network_.get(); }

  bool sees_any_picture() const override { return false; }

  const data::SoftLabelHeader& header() const { return file_.header(); }

 private:
  int64_t stored_epoch(int64_t augmentation_epoch) const;
  at::Tensor adapted(const at::Tensor& logits, const at::Tensor& labels) const;

  data::SoftLabelFile file_;
  std::shared_ptr<const nn::Network> network_;
  std::optional<data::AdaptationOptions> adaptation_;
};

/// Lets the recipe's data be changed as when the file was made, where the recipe says nothing: augmentation_epochs and
/// augmentation_seed. Call before the loader is made. UserError when the file can't be read.
void replay_augmentation(data::DataOptions& data, const std::string& file);

/// UserError naming both when the file is of another data set than the recipe's `set`.
void require_labels_of(const data::SoftLabelFile& file, const data::DataOptions& data, const data::Dataset& set);

/// Opens the file for a training on `set` as `data` says. UserError naming file, what it holds and what is asked for
/// when it is of another data set, class count or teacher, or of pictures changed otherwise. `normalise` may differ: it
/// does not move the crop. So may everything that draws nothing where neither file nor recipe has anything that draws.
std::unique_ptr<CachedTeacher> make_cached_teacher(const Registries& registries, const CachedTeacherOptions& options,
                                                   const data::DataOptions& data, int64_t train_seed,
                                                   const data::Dataset& set);

}  // namespace retort::model
