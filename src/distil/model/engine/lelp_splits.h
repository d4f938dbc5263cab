// The splits of classes that LELP is compared with. Internal to the engine.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "distil/model/engine/term_builders.h"

namespace retort::model {

/// The teacher's side of the term.
struct LelpTeacher {
  std::string tap, classifier;
  int64_t classes = 0, subclasses = 1;
};

/// The weight [classes,D] of the teacher's last layer, whose rows the null space is that of. UserError when there is
/// none.
at::Tensor classifier_rows(const nn::Weights* weights, const std::string& layer, int64_t classes);

/// What the teacher says of the whole training set.
struct SeenEmbeddings {
  at::Tensor embeddings, labels;      ///< [N,D], [N] int64
  at::Tensor classifier = {};         ///< classifier_rows(), of a term with null_space
  RandomTree random = RandomTree(0);  ///< of the first batch
};

/// None when the tour was stopped. UserError as classifier_rows().
std::optional<SeenEmbeddings> see_embeddings(const LelpTerm& o, const LelpTeacher& teacher, const TeacherTour& tour);

/// loss.lelp for SubclassSplit::kmeans, agglomerative, teacher and hidden.
LossTerm compared_split_term(const TermContext& context);

}  // namespace retort::model
