#include "distil/model/engine/picture_selection.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "distil/model/engine/batch_rows.h"
#include "losses/distillation/kd3_selection.h"
#include "run/state.h"

namespace retort::model {

namespace {
constexpr int64_t least_of_batch = 2;  // a batch norm's variance of one sample is nothing
}

void fields(OptionVisitor& v, PictureSelectionOptions& o) {
  v("on", o.on, "learn in each epoch from the training pictures alone of which teacher and student are sure");
  v("cutoff", o.cutoff, "probability that pictures of the most frequent class must exceed; rare classes pass easier",
    {.min = 0, .max = 1});
  v("max_epoch", o.max_epoch, "the student decides alone from this epoch on, counted from 1", {.min = 1});
  v("length", o.length, "epochs of the schedule by which the teacher's share falls", {.min = 1});
  v("refill", o.refill,
    "fill batches anew from the chosen pictures: fewer full batches, and no steps behind them; else as many batches as "
    "ever, each without the others");
}

PictureSelection::PictureSelection(const Registries& registries, const PictureSelectionOptions& options,
                                   const data::DataOptions& data, int64_t seed)
    : options_(options), pictures_(data::make_ordered_train_loader(registries, data, seed, 0)) {
  keep_ = at::ones({pictures_->dataset().size()}, at::kBool);
  confidence_ = at::ones({pictures_->dataset().size()}, at::kFloat);
}

double PictureSelection::choose(int64_t epoch, int64_t of_loader, const nn::Network& student,
                                const nn::Weights& weights, Teacher& teacher) {
  const at::NoGradGuard no_grad;
  pictures_->seek({.epoch = of_loader});
  std::vector<at::Tensor> by_student, by_teacher;
  for (int64_t number = 0; number < pictures_->batches_per_epoch(); ++number) {
    const auto batch = pictures_->next();
    nn::GivenSource source(weights);
    nn::Taps nothing({});
    by_student.push_back(student.forward(nn::Scope(source), batch.image()));
    by_teacher.push_back(teacher.look({.batch = batch, .image = batch.image(), .learning = false}, nothing));
  }
  const double share =
      losses::selection_teacher_weight(epoch, {.max_epoch = options_.max_epoch, .length = options_.length});
  const auto selected =
      losses::select_samples(at::cat(by_student), at::cat(by_teacher),
                             {.alpha = share, .p_cutoff = options_.cutoff, .at_least = least_of_batch});
  keep_.copy_(selected.keep);
  confidence_.copy_(selected.confidence);
  epoch_ = of_loader;
  given_ = 0;
  waiting_ = {};
  return keep_.to(at::kDouble).mean().item<double>();
}

std::optional<data::Batch> PictureSelection::next(data::Loader& pictures) {
  return options_.refill ? next_full(pictures) : kept(pictures.next());
}

data::Batch PictureSelection::kept(data::Batch batch) const {
  const auto& index = batch.sample_index();
  auto rows = keep_.index_select(0, index).nonzero().flatten();
  if (rows.size(0) < least_of_batch)
    rows = std::get<1>(confidence_.index_select(0, index).topk(std::min(least_of_batch, index.size(0))));
  return chosen_rows(std::move(batch), rows);
}

data::Batch PictureSelection::kept_alone(data::Batch batch) const {
  const auto rows = keep_.index_select(0, batch.sample_index()).nonzero().flatten();
  return chosen_rows(std::move(batch), rows);
}

std::optional<data::Batch> PictureSelection::next_full(data::Loader& pictures) {
  const int64_t wanted = pictures.options().batch_size;
  while (waiting_.size < wanted && pictures.position().epoch == epoch_)
    waiting_ = joined_rows(std::move(waiting_), kept_alone(pictures.next()));
  const int64_t rows = std::min(wanted, waiting_.size);
  const bool is_last = rows < wanted, is_dropped = pictures.options().drop_last && given_ > 0;
  if (is_last && (rows < least_of_batch || is_dropped)) {
    waiting_ = {};
    return std::nullopt;
  }
  auto batch = chosen_rows(waiting_, at::arange(rows));
  waiting_ = chosen_rows(std::move(waiting_), at::arange(rows, waiting_.size));
  // Two batches may end in the same batch of the loader.
  batch.number = given_;
  batch.random = batch.random.child("refilled").child(static_cast<uint64_t>(given_));
  ++given_;
  return batch;
}

void PictureSelection::save(run::StateWriter& writer) const {
  writer.tensor("selection.keep", keep_);
  writer.tensor("selection.confidence", confidence_);
  if (!options_.refill) return;
  writer.integer("selection.epoch", epoch_);
  writer.integer("selection.given", given_);
  writer.integer("selection.waiting", waiting_.size);
}

void PictureSelection::load(const run::StateReader& reader) {
  reader.copy_into("selection.keep", keep_);
  reader.copy_into("selection.confidence", confidence_);
  if (!options_.refill) return;
  epoch_ = reader.integer("selection.epoch");
  given_ = reader.integer("selection.given");
  waiting_rows_ = reader.integer("selection.waiting");
}

void PictureSelection::take_up(data::Loader& pictures) {
  waiting_ = {};
  if (waiting_rows_ == 0) return;
  // What waits are the last kept samples of the batch before the loader's next one.
  const auto place = pictures.position();
  const int64_t batches = pictures.batches_per_epoch(), before = place.epoch * batches + place.batch - 1;
  RT_CHECK(before >= 0, "selection: {} samples wait before the first batch", waiting_rows_);
  pictures.seek({.epoch = before / batches, .batch = before % batches});
  auto last = kept_alone(pictures.next());
  RT_CHECK(last.size >= waiting_rows_, "selection: {} samples wait of {}", waiting_rows_, last.size);
  const int64_t rows = last.size;
  waiting_ = chosen_rows(std::move(last), at::arange(rows - waiting_rows_, rows));
}

}  // namespace retort::model
