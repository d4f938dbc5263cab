#include "distil/model/engine/training_samples.h"

#include <ATen/ATen.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "core/errors.h"
#include "distil/model/engine/cached_teacher.h"
#include "run/state.h"

namespace retort::model {

namespace {
int64_t epochs_of(const ModelOptions& options) {
  int64_t epochs = options.train.epochs;
  for (const auto& [name, stage] : options.before) epochs += stage.epochs;
  return epochs;
}

/// What stored labels leave to be shown; null: everything. Makes shares of crops into thresholds.
std::shared_ptr<const data::CropPool> pool_of_crops(ModelOptions& options, const Registries& registries) {
  if (options.teacher.cache.empty() || !options.teacher.adapt.is_on()) return nullptr;
  const data::SoftLabelFile file(options.teacher.cache);
  const auto set = data::open_train_set(registries, options.data);
  require_labels_of(file, options.data, *set);
  return plan_label_surgery(options.teacher.adapt, file, *set);
}
}  // namespace

TrainingSamples::TrainingSamples(ModelOptions& options, const Registries& registries, Context& context) {
  if (!options.teacher.cache.empty()) replay_augmentation(options.data, options.teacher.cache);
  const auto crops = pool_of_crops(options, registries);
  const auto epochs = epochs_of(options);
  labelled_ = data::make_train_loader(registries, options.data, options.train.seed, epochs, crops);
  if (options.teacher.adapt.is_on())
    context.log.info("stored labels of confidence below {:.4f} or from {:.4f} on are adapted",
                     options.teacher.adapt.low, options.teacher.adapt.high);
  if (options.extra.given())
    extra_ = open_extra_data(registries, options.extra, options.data, dataset(), options.train.seed);
  if (!options.data.pool.set.empty())
    with_pool_ = data::make_pooled_train_loader(registries, options.data, options.train.seed, epochs);
  example_ = *next(false);
  labelled_->seek({});
  if (extra_.pictures) extra_.pictures->seek({});
}

int64_t TrainingSamples::batches_per_epoch(bool with_pool) const {
  if (!with_pool) return labelled_->batches_per_epoch();
  return with_pool_ ? with_pool_->batches_per_epoch() : 0;
}

void TrainingSamples::select_for(const nn::Network& student, const ModelOptions& options,
                                 const Registries& registries) {
  if (!options.train.selection.on) return;
  if (student.dense)
    user_error("train.selection.on: goes by classes of whole pictures, and '{}' names those of pixels; leave it out",
               student.name);
  selection_ =
      std::make_unique<PictureSelection>(registries, options.train.selection, options.data, options.train.seed);
}

std::optional<double> TrainingSamples::choose(int64_t epoch, bool with_pool, const nn::Network& student,
                                              const nn::Weights& weights, Teacher* teacher) {
  if (!selection_) return std::nullopt;
  RT_CHECK(teacher != nullptr, "a selection goes by a teacher");
  return selection_->choose(epoch, loader(with_pool).position().epoch, student, weights, *teacher);
}

std::optional<data::Batch> TrainingSamples::next(bool with_pool) {
  auto batch = selection_ ? selection_->next(loader(with_pool)) : loader(with_pool).next();
  if (!batch || !extra_.pictures) return batch;
  return with_extra_pictures(std::move(*batch), extra_.pictures->next());
}

void TrainingSamples::save(run::StateWriter& writer) const {
  labelled_->save(writer, "data.");
  if (with_pool_) with_pool_->save(writer, "pool.");
  if (extra_.pictures) extra_.pictures->save(writer, "extra.");
  if (selection_) selection_->save(writer);
}

void TrainingSamples::load(const run::StateReader& reader) {
  labelled_->load(reader, "data.");
  if (with_pool_) with_pool_->load(reader, "pool.");
  if (extra_.pictures) extra_.pictures->load(reader, "extra.");
  if (!selection_) return;
  selection_->load(reader);
  selection_->take_up(*labelled_);
}

}  // namespace retort::model
