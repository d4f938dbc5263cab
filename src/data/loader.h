// Batches of a data set, epoch after epoch, made ahead by threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/options.h"
#include "data/batch.h"
#include "data/crop_pool.h"
#include "data/sets/dataset.h"
#include "data/transforms/pipeline.h"

namespace retort::run {
class StateWriter;
class StateReader;
}  // namespace retort::run

namespace retort::data {

struct LoaderOptions {
  int64_t batch_size = 128;
  bool shuffle = true;
  bool drop_last = false;
  int workers = 2;
  int prefetch = 4;
  int64_t seed = 0;
  DecodeScale decode_scale = DecodeScale::none;
  int64_t epochs = 0;  ///< make no batch behind these; 0: go on for ever
  /// Epoch e changes its pictures as epoch e % augmentation_epochs did, in its own fresh order; 0: ever anew. So that
  /// what a teacher said of those pictures can be used again.
  int64_t augmentation_epochs = 0;
  std::optional<int64_t> augmentation_seed = {};  ///< of the changes of pictures alone; default: `seed`
  /// A batch holds so many crops of each of its ceil(batch_size / crops) samples, crop by crop, those of drawn_crops();
  /// an epoch shows each sample so often.
  int64_t crops = 1;
  std::shared_ptr<const CropPool> pool = {};  ///< of the augmentation epochs; null: all of them, in turn if crops is 1
};

/// Which batch comes next.
struct LoaderPosition {
  int64_t epoch = 0, batch = 0;
  bool operator==(const LoaderPosition&) const = default;
};

/// The same batches for any number of workers: the order is a permutation keyed by seed and epoch, each sample's random
/// stream is keyed by seed, epoch (see augmentation_epochs) and the sample's number. One thread asks for batches;
/// `workers` threads of its own make up to `prefetch` of them ahead (none: made when asked for). They are not those of
/// the ThreadPool, which works for the training step meanwhile.
class Loader {
 public:
  /// UserError when the set gives no batch.
  Loader(DatasetPtr dataset, Pipeline pipeline, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The next batch; behind the last of an epoch comes the first of the next. What a worker threw is thrown here, when
  /// its batch is due, and again at every call until seek(). Fault behind the last of `epochs`.
  Batch next();

  int64_t batches_per_epoch() const;
  const Dataset& dataset() const;
  const LoaderOptions& options() const;

  LoaderPosition position() const;
  /// Goes on from there. Fault for a position that does not exist.
  void seek(const LoaderPosition& position);
  /// Position as state of a job, and back; UserError when data or batch size differ from what was saved.
  void save(run::StateWriter& state, const std::string& prefix) const;
  void load(const run::StateReader& state, const std::string& prefix);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::data
