#include "distil/model/engine/extra_data.h"

#include <ATen/ATen.h>

#include <set>
#include <utility>

#include "core/errors.h"
#include "data/sets/subset.h"
#include "io/array.h"

namespace retort::model {

void fields(OptionVisitor& v, ExtraDataOptions& o) {
  v("train", o.train, "data set and split of pictures whose labels are not read: every batch gets some; empty: none");
  v("path", o.path, "folder or archive of that set; empty: as data.path");
  v("classes", o.classes, "pictures of these classes only; empty: as data.classes");
  v("samples", o.samples,
    "so many pictures only, equally many of each class, the first ones of sets of label maps; 0: all", {.min = 0});
  v("rest", o.rest, "leave out the pictures that `data` trains on: for the unlabelled rest of one set");
  v("held_out", o.held_out,
    "keep so many of these pictures, equally many of each class and with their labels, from training: what chooses the "
    "mixture of two heads",
    {.min = 0});
  v("batch_size", o.batch_size, "extra pictures of a training step; 0: as data.batch_size", {.min = 0, .max = 1 << 20});
  v("transforms", o.transforms, "changes of an extra picture; empty: as data.transforms");
}

void ExtraDataOptions::check(Problems& problems) const {
  problems.require(given() || (samples == 0 && !rest && held_out == 0 && batch_size == 0), "train",
                   "names no data set, but other keys say something about it");
}

namespace {
/// The samples of `all` whose names are none of `taken`.
data::DatasetPtr without_samples(data::DatasetPtr all, const data::Dataset& taken) {
  std::set<std::string> names;
  for (int64_t i = 0; i < taken.size(); ++i) names.insert(taken.sample_name(i));
  std::vector<int64_t> rest;
  for (int64_t i = 0; i < all->size(); ++i)
    if (names.count(all->sample_name(i)) == 0) rest.push_back(i);
  if (rest.empty()) user_error("extra.train: no picture is left; `data` and extra.held_out take them all");
  return data::choose_samples(std::move(all), std::move(rest));
}

/// `extra` in the words of `data`.
data::DataOptions as_data(const ExtraDataOptions& extra, data::DataOptions data) {
  data.train = extra.train;
  if (!extra.path.empty()) data.path = extra.path;
  if (!extra.classes.empty()) data.classes = extra.classes;
  if (!extra.transforms.empty()) data.transforms = extra.transforms;
  if (extra.batch_size > 0) data.batch_size = extra.batch_size;
  data.train_samples = 0;
  data.imbalance = 1;
  return data;
}
}  // namespace

ExtraData open_extra_data(const Registries& registries, const ExtraDataOptions& extra, const data::DataOptions& data,
                          const data::Dataset& labelled, int64_t seed) {
  const auto chosen = as_data(extra, data);
  auto set = data::open_train_set(registries, chosen);
  ExtraData opened;
  if (extra.rest) set = without_samples(std::move(set), labelled);
  if (extra.held_out > 0) {
    if (set->task() != data::Task::classification)
      user_error("extra.held_out: chooses the mixture of two heads by the classes of whole pictures, which {} has not",
                 extra.train);
    const auto held_out = data::balanced_samples(set, extra.held_out);
    set = without_samples(std::move(set), *held_out);
    opened.held_out = std::make_unique<data::Loader>(
        held_out, data::make_test_pipeline(registries, data),
        data::LoaderOptions{.batch_size = data.test_batch_size, .shuffle = false, .workers = data.workers});
  }
  if (extra.samples > 0)
    set = set->task() == data::Task::classification ? data::balanced_samples(std::move(set), extra.samples)
                                                    : data::first_samples(std::move(set), extra.samples);
  opened.pictures = std::make_unique<data::Loader>(std::move(set), data::make_train_pipeline(registries, chosen),
                                                   data::LoaderOptions{.batch_size = chosen.batch_size,
                                                                       .drop_last = false,
                                                                       .workers = data.workers,
                                                                       .seed = seed,
                                                                       .decode_scale = data.decode_scale});
  return opened;
}

data::Batch with_extra_pictures(data::Batch batch, const data::Batch& extra) {
  auto& image = batch.columns.at("image");
  if (image.sizes().slice(1) != extra.image().sizes().slice(1))
    user_error("extra: its pictures are {}, those of `data` {}; let extra.transforms bring them to one size",
               io::shape_text(extra.image().sizes().slice(1).vec()), io::shape_text(image.sizes().slice(1).vec()));
  image = at::cat({image, extra.image()});
  batch.columns[extra_index_column] = extra.sample_index();
  return batch;
}

}  // namespace retort::model
