// What a recipe says about data, and what comes of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/registries.h"
#include "data/loader.h"
#include "data/mixing.h"
#include "data/pool.h"
#include "data/transforms/pipeline.h"

namespace retort::data {

/// The section `data:` of recipes.
struct DataOptions {
  std::string train = {};  ///< "cifar10/train"
  std::string test = {};
  std::string path = {};
  int64_t batch_size = 128;
  int64_t test_batch_size = 256;
  std::vector<std::string> transforms = {};
  std::vector<std::string> test_transforms = {};
  MixingOptions mixing = {};
  std::vector<std::string> classes = {};
  int64_t merge_classes = 0;
  int64_t train_samples = 0;
  int64_t test_samples = 0;
  int64_t validation_samples = 0;
  double imbalance = 1;
  bool drop_last = false;
  DecodeScale decode_scale = DecodeScale::none;
  int workers = 2;
  int64_t augmentation_epochs = 0;
  int64_t augmentation_seed = -1;
  int64_t crops = 1;
  PoolOptions pool = {};
};

inline void fields(OptionVisitor& v, DataOptions& o) {
  v("train", o.train, "data set and split to train on, as `retort list data` names them: cifar10/train");
  v("test", o.test, "data set and split to test on; empty: none");
  v("path", o.path, "folder or archive of the data set; empty: below $RETORT_SHARED/data");
  v("batch_size", o.batch_size, "samples of a training step", {.min = 1, .max = 1 << 20});
  v("test_batch_size", o.test_batch_size, "samples of a batch of tests; changes speed only",
    {.min = 1, .max = 1 << 20});
  v("transforms", o.transforms, "changes of a training picture in order: [crop_pad_4, flip, normalise(cifar10)]");
  v("test_transforms", o.test_transforms, "changes of a test picture; empty: those of `transforms` that draw nothing");
  v("mixing", o.mixing, "pairs of samples made one");
  v("classes", o.classes, "only these classes, in this order; empty: all");
  v("merge_classes", o.merge_classes,
    "so many classes of the classes, by the remainder of their number: 2 for even and odd; 0: as they are", {.min = 0});
  v("train_samples", o.train_samples, "train on so many samples only, equally many of each class; 0: all", {.min = 0});
  v("test_samples", o.test_samples, "test on so many samples only, equally many of each class; 0: all", {.min = 0});
  v("validation_samples", o.validation_samples,
    "test on the last so many of the training set, which are then not trained on, instead of `test`: for choosing "
    "settings",
    {.min = 0});
  v("imbalance", o.imbalance, "largest training class over the smallest, thinned out exponentially; 1: as they are",
    {.min = 1});
  v("drop_last", o.drop_last, "leave out the last batch of a training epoch where it is smaller");
  v("decode_scale", o.decode_scale,
    "auto: decode a JPEG smaller (n/8) where its first crop or resize makes it smaller still; faster, and other "
    "pixels");
  v("workers", o.workers, "threads that make batches ahead; any number gives the same batches", {.min = 0, .max = 256});
  v("augmentation_epochs", o.augmentation_epochs,
    "change pictures in epoch e as in epoch e modulo this; 0: ever anew, or with stored soft labels as often as those",
    {.min = 0});
  v("augmentation_seed", o.augmentation_seed,
    "of the changes of pictures alone; -1: train.seed, or with stored soft labels the seed of those", {.min = -1});
  v("crops", o.crops, "changes of each picture side by side in a training batch; an epoch shows each picture so often",
    {.min = 1, .max = 4096});
  v("pool", o.pool, "pictures without labels, for the parts of a training that ask for them");
}

/// The chosen samples of the training or test set. UserError led by "data".
DatasetPtr open_train_set(const Registries& registries, const DataOptions& options);
DatasetPtr open_test_set(const Registries& registries, const DataOptions& options);

/// Shuffled batches without end, or `epochs` of them.
/// `pool` (may be null): which of the `augmentation_epochs` may be drawn.
std::unique_ptr<Loader> make_train_loader(const Registries& registries, const DataOptions& options, int64_t seed,
                                          int64_t epochs = 0, std::shared_ptr<const CropPool> pool = nullptr);

/// The same with the pictures of `pool` behind those of the training set (join_unlabelled()).
std::unique_ptr<Loader> make_pooled_train_loader(const Registries& registries, const DataOptions& options, int64_t seed,
                                                 int64_t epochs);

/// The training samples in the order of their set, each once, in epoch e changed as make_train_loader() changes them in
/// augmentation epoch e: `epochs` of them.
std::unique_ptr<Loader> make_ordered_train_loader(const Registries& registries, const DataOptions& options,
                                                  int64_t seed, int64_t epochs);

/// The training samples in the order of their set, once, changed as pictures of tests; seek({}) begins again.
std::unique_ptr<Loader> make_plain_train_loader(const Registries& registries, const DataOptions& options);

/// The changes of training pictures. UserError led by the transform.
Pipeline make_train_pipeline(const Registries& registries, const DataOptions& options);
/// What happens to test pictures: `test_transforms`, or those of `transforms` that draw nothing. Words that leave it
/// open take the statistics of the set that is named (the test set, or the training set where there is none).
Pipeline make_test_pipeline(const Registries& registries, const DataOptions& options);
/// The mean and standard deviation in there; nothing where pictures are not normalised.
std::optional<ChannelStatistics> test_normalisation(const DataOptions& options);

/// All test samples in order, once; seek({}) begins again.
std::unique_ptr<Loader> make_test_loader(const Registries& registries, const DataOptions& options);

}  // namespace retort::data
