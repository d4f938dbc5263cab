// Which training pictures an epoch learns from: those of which teacher and student together are sure (KD3).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "core/options.h"
#include "core/registries.h"
#include "data/data_options.h"
#include "data/loader.h"
#include "distil/model/engine/teacher.h"
#include "nn/network.h"
#include "nn/weights.h"

namespace retort::model {

/// The section `train.selection` of recipes.
struct PictureSelectionOptions {
  bool on = false;
  double cutoff = 0.95;
  int64_t max_epoch = 120, length = 160;
};
void fields(OptionVisitor& v, PictureSelectionOptions& o);

class PictureSelection {
 public:
  PictureSelection(const Registries& registries, const PictureSelectionOptions& options, const data::DataOptions& data,
                   int64_t seed);

  /// Looks at every training picture, changed as in that epoch of the training (from 1), and keeps those that
  /// losses::select_samples() keeps. Returns their share, in [0,1].
  double choose(int64_t epoch, const nn::Network& student, const nn::Weights& weights, Teacher& teacher);

  /// The kept samples of a batch of the training set; the two surest where fewer are kept, for batch norms.
  data::Batch kept(data::Batch batch) const;

  void save(run::StateWriter& writer) const;
  void load(const run::StateReader& reader);

 private:
  PictureSelectionOptions options_;
  std::unique_ptr<data::Loader> pictures_;  ///< in order
  at::Tensor keep_, confidence_;            ///< bool, float32 [N]
};

}  // namespace retort::model
