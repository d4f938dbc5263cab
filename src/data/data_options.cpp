#include "data/data_options.h"

#include <utility>

#include "core/errors.h"
#include "data/sets/catalogue.h"
#include "data/sets/joined.h"
#include "data/sets/subset.h"

namespace retort::data {
namespace {

/// The named set with the classes that are asked for.
DatasetPtr open_classes(const Registries& registries, const DataOptions& options, const std::string& name) {
  DatasetPtr dataset = open_dataset(registries.data_sets, name, options.path);
  return options.classes.empty() ? dataset : choose_classes(std::move(dataset), options.classes);
}

/// The training set in what is trained on and what settings are chosen by.
HeldOut open_split_train_set(const Registries& registries, const DataOptions& options) {
  if (options.train.empty()) user_error("data.train: names no data set; `retort list data` prints them");
  const auto whole = open_classes(registries, options, options.train);
  if (options.validation_samples == 0) return {whole, nullptr};
  return hold_out(whole, options.validation_samples);
}

/// What the options leave of an opened set.
DatasetPtr reduced(DatasetPtr dataset, const DataOptions& options, int64_t samples, double imbalance) {
  if (samples > 0 && dataset->task() == Task::classification) {
    dataset = balanced_samples(std::move(dataset), samples);
  } else if (samples > 0) {
    dataset = first_samples(std::move(dataset), samples);
  }
  if (imbalance > 1) dataset = long_tailed_samples(std::move(dataset), imbalance);
  return options.merge_classes > 0 ? merge_classes(std::move(dataset), options.merge_classes) : dataset;
}

std::string name_of_set(const std::string& name_and_split) {
  return name_and_split.substr(0, name_and_split.find('/'));
}

LoaderOptions loader_options(const DataOptions& options, int64_t seed, int64_t epochs) {
  LoaderOptions chosen{.batch_size = options.batch_size,
                       .workers = options.workers,
                       .seed = seed,
                       .decode_scale = options.decode_scale,
                       .epochs = epochs};
  chosen.augmentation_epochs = options.augmentation_epochs;
  if (options.augmentation_seed >= 0) chosen.augmentation_seed = options.augmentation_seed;
  return chosen;
}

}  // namespace

DatasetPtr open_train_set(const Registries& registries, const DataOptions& options) {
  return reduced(open_split_train_set(registries, options).rest, options, options.train_samples, options.imbalance);
}

DatasetPtr open_test_set(const Registries& registries, const DataOptions& options) {
  if (options.test.empty()) user_error("data.test: names no data set; `retort list data` prints them");
  const auto set = options.validation_samples > 0 ? open_split_train_set(registries, options).held_out
                                                  : open_classes(registries, options, options.test);
  return reduced(set, options, options.test_samples, 1);
}

Pipeline make_train_pipeline(const Registries& registries, const DataOptions& options) {
  return make_pipeline(registries.transforms, options.transforms, name_of_set(options.train));
}

std::unique_ptr<Loader> make_train_loader(const Registries& registries, const DataOptions& options, int64_t seed,
                                          int64_t epochs, std::shared_ptr<const CropPool> pool) {
  auto chosen = loader_options(options, seed, epochs);
  chosen.drop_last = options.drop_last;
  chosen.crops = options.crops;
  chosen.pool = std::move(pool);
  return std::make_unique<Loader>(open_train_set(registries, options), make_train_pipeline(registries, options),
                                  chosen);
}

std::unique_ptr<Loader> make_pooled_train_loader(const Registries& registries, const DataOptions& options, int64_t seed,
                                                 int64_t epochs) {
  auto chosen = loader_options(options, seed, epochs);
  chosen.drop_last = options.drop_last;
  chosen.crops = options.crops;
  return std::make_unique<Loader>(
      join_unlabelled(open_train_set(registries, options), open_pool(registries, options.pool)),
      make_train_pipeline(registries, options), chosen);
}

std::unique_ptr<Loader> make_ordered_train_loader(const Registries& registries, const DataOptions& options,
                                                  int64_t seed, int64_t epochs) {
  auto chosen = loader_options(options, seed, epochs);
  chosen.shuffle = false;
  return std::make_unique<Loader>(open_train_set(registries, options), make_train_pipeline(registries, options),
                                  chosen);
}

Pipeline make_test_pipeline(const Registries& registries, const DataOptions& options) {
  const auto name = name_of_set(options.test.empty() ? options.train : options.test);
  return options.test_transforms.empty()
             ? make_pipeline(registries.transforms, options.transforms, name).without_randomness()
             : make_pipeline(registries.transforms, options.test_transforms, name);
}

std::optional<ChannelStatistics> test_normalisation(const DataOptions& options) {
  return normalisation_of(options.test_transforms.empty() ? options.transforms : options.test_transforms,
                          name_of_set(options.test.empty() ? options.train : options.test));
}

namespace {
/// All samples in order, once, in the batches of tests.
std::unique_ptr<Loader> make_plain_loader(const Registries& registries, const DataOptions& options, DatasetPtr set) {
  return std::make_unique<Loader>(std::move(set), make_test_pipeline(registries, options),
                                  LoaderOptions{.batch_size = options.test_batch_size,
                                                .shuffle = false,
                                                .workers = options.workers,
                                                .decode_scale = options.decode_scale,
                                                .epochs = 1});
}
}  // namespace

std::unique_ptr<Loader> make_test_loader(const Registries& registries, const DataOptions& options) {
  return make_plain_loader(registries, options, open_test_set(registries, options));
}

std::unique_ptr<Loader> make_plain_train_loader(const Registries& registries, const DataOptions& options) {
  return make_plain_loader(registries, options, open_train_set(registries, options));
}

}  // namespace retort::data
