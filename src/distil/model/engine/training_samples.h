// What a student's training reads: labelled pictures, with a pool of pictures without labels in the stages that ask for
// it, those of a second source behind them, and of all these what a selection keeps.
#pragma once

#include <memory>
#include <optional>

#include "core/context.h"
#include "core/registries.h"
#include "data/loader.h"
#include "distil/model/engine/extra_data.h"
#include "distil/model/engine/model_options.h"
#include "distil/model/engine/picture_selection.h"
#include "distil/model/engine/teacher.h"
#include "nn/network.h"

namespace retort::model {

class TrainingSamples {
 public:
  /// Opens the sets and reads a first batch. `options` takes what stored labels ask for: their augmentation, and
  /// thresholds for shares of crops. UserError for what the recipe names and is not there.
  TrainingSamples(ModelOptions& options, const Registries& registries, Context& context);

  const data::Dataset& dataset() const { return labelled_->dataset(); }
  const ExtraData& extra() const { return extra_; }
  /// The first of the training, before anything is selected.
  const data::Batch& example() const { return example_; }
  /// Of the training set, or of it and the pool; 0 where no pool is named.
  int64_t batches_per_epoch(bool with_pool) const;

  /// Begins to select, if `options.train.selection` asks for it. UserError for a student of dense predictions.
  void select_for(const nn::Network& student, const ModelOptions& options, const Registries& registries);
  /// Looks at every picture before an epoch (from 1), if there is a selection: the share that it keeps, in [0,1].
  std::optional<double> choose(int64_t epoch, bool with_pool, const nn::Network& student, const nn::Weights& weights,
                               Teacher* teacher);
  /// A batch as it is learned from: what the selection keeps, with the extra pictures behind. None: the selection has
  /// no more for this epoch.
  std::optional<data::Batch> next(bool with_pool);

  void save(run::StateWriter& writer) const;
  void load(const run::StateReader& reader);

 private:
  data::Loader& loader(bool with_pool) { return with_pool ? *with_pool_ : *labelled_; }

  std::unique_ptr<data::Loader> labelled_, with_pool_;  ///< the second is null where no pool is named
  ExtraData extra_;
  std::unique_ptr<PictureSelection> selection_;
  data::Batch example_;
};

}  // namespace retort::model
