// Which training pictures an epoch learns from: those of which teacher and student together are sure (KD3).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>

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
  bool refill = false;
};
void fields(OptionVisitor& v, PictureSelectionOptions& o);

class PictureSelection {
 public:
  PictureSelection(const Registries& registries, const PictureSelectionOptions& options, const data::DataOptions& data,
                   int64_t seed);

  /// Looks at every training picture, changed as the training's loader will in its epoch `of_loader` (from 0), and
  /// keeps those that losses::select_samples() keeps in epoch `epoch` of the schedule (from 1). Returns their share, in
  /// [0,1].
  double choose(int64_t epoch, int64_t of_loader, const nn::Network& student, const nn::Weights& weights,
                Teacher& teacher);

  /// The next batch to learn from: as kept() of the loader's next, or, with `refill`, as next_full(). None: there is
  /// nothing more to learn in the chosen epoch.
  std::optional<data::Batch> next(data::Loader& pictures);

  /// The kept samples of a batch of the training set; the two surest where fewer are kept, for batch norms.
  data::Batch kept(data::Batch batch) const;

  /// A batch of the loader's size out of the kept samples alone, in the loader's order; the last of an epoch may be
  /// smaller, and is left out where it is a single sample or the loader drops its last. Behind it there is none, and
  /// the loader stands at the next epoch.
  std::optional<data::Batch> next_full(data::Loader& pictures);

  void save(run::StateWriter& writer) const;
  void load(const run::StateReader& reader);
  /// To be called behind load(), with the loader where it was: fetches again what waited for the next batch.
  void take_up(data::Loader& pictures);

 private:
  data::Batch kept_alone(data::Batch batch) const;

  PictureSelectionOptions options_;
  std::unique_ptr<data::Loader> pictures_;  ///< in order
  at::Tensor keep_, confidence_;            ///< bool, float32 [N]
  // ---- of `refill`
  int64_t epoch_ = 0, given_ = 0;  ///< of the loader; batches given in it
  int64_t waiting_rows_ = 0;       ///< as saved
  data::Batch waiting_ = {};       ///< kept samples of the last batch fetched that no batch has yet
};

}  // namespace retort::model
