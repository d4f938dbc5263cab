#include "distil/model/engine/picture_selection.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>
#include <vector>

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
}

PictureSelection::PictureSelection(const Registries& registries, const PictureSelectionOptions& options,
                                   const data::DataOptions& data, int64_t seed)
    : options_(options), pictures_(data::make_ordered_train_loader(registries, data, seed, 0)) {
  keep_ = at::ones({pictures_->dataset().size()}, at::kBool);
  confidence_ = at::ones({pictures_->dataset().size()}, at::kFloat);
}

double PictureSelection::choose(int64_t epoch, const nn::Network& student, const nn::Weights& weights,
                                Teacher& teacher) {
  const at::NoGradGuard no_grad;
  pictures_->seek({.epoch = epoch - 1});
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
  return keep_.to(at::kDouble).mean().item<double>();
}

data::Batch PictureSelection::kept(data::Batch batch) const {
  const auto& index = batch.sample_index();
  auto rows = keep_.index_select(0, index).nonzero().flatten();
  if (rows.size(0) < least_of_batch)
    rows = std::get<1>(confidence_.index_select(0, index).topk(std::min(least_of_batch, index.size(0))));
  for (auto& [name, column] : batch.columns) column = column.index_select(0, rows);
  std::vector<RandomTree> random;
  for (int64_t i = 0; i < rows.size(0); ++i)
    if (!batch.sample_random.empty())
      random.push_back(batch.sample_random[static_cast<size_t>(rows[i].item<int64_t>())]);
  batch.sample_random = std::move(random);
  batch.size = rows.size(0);
  return batch;
}

void PictureSelection::save(run::StateWriter& writer) const {
  writer.tensor("selection.keep", keep_);
  writer.tensor("selection.confidence", confidence_);
}

void PictureSelection::load(const run::StateReader& reader) {
  reader.copy_into("selection.keep", keep_);
  reader.copy_into("selection.confidence", confidence_);
}

}  // namespace retort::model
