#include "distil/model/engine/similarity_teacher.h"

#include <ATen/ATen.h>

#include <unordered_map>
#include <utility>

#include "core/errors.h"
#include "distil/model/engine/extra_data.h"
#include "distil/model/engine/prototype_teacher.h"
#include "io/tensor/tensor_io.h"

namespace retort::model {

namespace {
constexpr double scale_of_cosines = 100;  // CLIP's

using RowOfPicture = std::unordered_map<std::string, int64_t>;

RowOfPicture rows_by_name(const data::Dataset& whole) {
  RowOfPicture rows;
  for (int64_t i = 0; i < whole.size(); ++i) rows.emplace(whole.sample_name(i), i);
  return rows;
}

at::Tensor rows_of_pictures(const data::Dataset& part, const RowOfPicture& rows, const std::string& file,
                            const char* key) {
  auto found = at::empty({part.size()}, at::kLong);
  for (int64_t i = 0; i < part.size(); ++i) {
    const auto row = rows.find(part.sample_name(i));
    if (row == rows.end())
      user_error("{}: has rows for the pictures of data.train; {} names another, {}", file, key, part.sample_name(i));
    found.data_ptr<int64_t>()[i] = row->second;
  }
  return found;
}

/// Labels in a file are there to be compared: they tell another order.
void require_same_labels(const std::string& file, const data::Dataset& whole) {
  const auto tensors = io::load_safetensors(file);
  const auto found = tensors.find("labels");
  if (found == tensors.end()) return;
  const auto& labels = found->second;
  if (labels.scalar_type() != at::kLong || labels.dim() != 1 || labels.size(0) != whole.size())
    user_error("{}: 'labels' should be [{}] of int64, one for each picture", file, whole.size());
  for (int64_t i = 0; i < whole.size(); ++i)
    if (labels[i].item<int64_t>() != whole.label(i))
      user_error("{}: row {} is of class {}, and {} is of class {}; rows should be in the order of data.train", file, i,
                 labels[i].item<int64_t>(), whole.sample_name(i), whole.label(i));
}
}  // namespace

at::Tensor load_similarities(const std::string& file, int64_t pictures, int64_t classes) {
  const auto tensors = io::load_safetensors(file);
  if (tensors.count("logits") > 0) return finite_tensor(file, tensors, "logits", {pictures, classes}, "[N,K]");
  if (tensors.count("embeddings") > 0) {
    const auto prototypes = load_prototypes(file, classes);
    return prototype_logits(prototypes,
                            finite_tensor(file, tensors, "embeddings", {pictures, prototypes.width()}, "[N,D]"));
  }
  if (tensors.count("similarities") == 0)
    user_error("{}: has neither 'similarities' [N,K] nor 'logits' [N,K] nor 'embeddings' [N,D] with 'prototypes'",
               file);
  const auto cosines = finite_tensor(file, tensors, "similarities", {pictures, classes}, "[N,K]");
  constexpr double rounding = 1e-2;  // of half precision, and then some
  if (cosines.abs().max().item<double>() > 1 + rounding)
    user_error("{}: 'similarities' are cosines, from -1 to 1; what is scaled already is 'logits'", file);
  return scale_of_cosines * cosines;
}

SimilarityTeacher::SimilarityTeacher(std::string file, at::Tensor logits, at::Tensor rows, at::Tensor extra_rows)
    : file_(std::move(file)), logits_(std::move(logits)), rows_(std::move(rows)), extra_rows_(std::move(extra_rows)) {}

at::Tensor SimilarityTeacher::look(const TeacherBatch& seen, nn::Taps& /*taps*/) {
  const at::NoGradGuard no_grad;
  auto rows = rows_.index_select(0, seen.batch.sample_index());
  if (const auto extra = seen.batch.columns.find(extra_index_column); extra != seen.batch.columns.end())
    rows = at::cat({rows, extra_rows_.index_select(0, extra->second)});
  return logits_.index_select(0, rows);
}

std::unique_ptr<SimilarityTeacher> make_similarity_teacher(const Registries& registries, const std::string& file,
                                                           const data::DataOptions& data, const data::Dataset& train,
                                                           const data::Dataset* extra, int64_t classes) {
  auto all = data;
  all.train_samples = all.merge_classes = 0;
  all.imbalance = 1;
  all.classes.clear();
  const auto whole = data::open_train_set(registries, all);
  auto logits = load_similarities(file, whole->size(), classes);
  require_same_labels(file, *whole);
  const auto by_name = rows_by_name(*whole);
  auto rows = rows_of_pictures(train, by_name, file, "data.train");
  auto extra_rows =
      extra == nullptr ? at::empty({0}, at::kLong) : rows_of_pictures(*extra, by_name, file, "extra.train");
  return std::make_unique<SimilarityTeacher>(file, std::move(logits), std::move(rows), std::move(extra_rows));
}

}  // namespace retort::model
