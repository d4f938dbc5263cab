// A teacher that was asked about every picture elsewhere: its likenesses of pictures and classes come from a file.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "core/registries.h"
#include "data/data_options.h"
#include "data/sets/dataset.h"
#include "distil/model/engine/teacher.h"

namespace retort::model {

/// Looks up the row of each picture, whatever was done to it since. Rows of a batch are pictures of the training set,
/// and behind them those of `extra` (extra_data.h).
class SimilarityTeacher : public Teacher {
 public:
  /// `logits` [N,K]; `rows`, `extra_rows` int64: the row of each picture of the training set and of `extra`, of which
  /// there may be none.
  SimilarityTeacher(std::string file, at::Tensor logits, at::Tensor rows, at::Tensor extra_rows);

  std::string name() const override { return "what " + file_ + " says of each picture"; }
  at::Tensor look(const TeacherBatch& seen, nn::Taps& taps) override;
  bool sees_any_picture() const override { return false; }

 private:
  std::string file_;
  at::Tensor logits_, rows_, extra_rows_;
};

/// What a file says of N pictures and K classes (docs/methods/dho.md), as logits [N,K]: `logits`; `similarities` from
/// -1 to 1, a hundredfold; or `embeddings` [N,D] against prototypes (load_prototypes). UserError naming file and
/// tensor.
at::Tensor load_similarities(const std::string& file, int64_t pictures, int64_t classes);

/// The teacher of such a file, whose rows are the pictures of the whole split that `data.train` names, in its order.
/// `extra` may be null. UserError when the file is of other pictures, or has none of `extra`'s.
std::unique_ptr<SimilarityTeacher> make_similarity_teacher(const Registries& registries, const std::string& file,
                                                           const data::DataOptions& data, const data::Dataset& train,
                                                           const data::Dataset* extra, int64_t classes);

}  // namespace retort::model
