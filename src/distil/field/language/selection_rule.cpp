#include "distil/field/language/selection_rule.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {

at::Tensor cosines_of(const at::Tensor& features, const at::Tensor& queries) {
  RT_CHECK(features.dim() == 2 && queries.dim() == 2 && features.size(1) == queries.size(1),
           "selection: features and queries are [P,C] and [K,C]");
  return at::matmul(metrics::unit_vectors(features), metrics::unit_vectors(queries).t());
}

at::Tensor checked_ids(const SelectionRule& rule, int64_t queries) {
  if (rule.positive_ids.empty()) user_error("selection: no query is named as the one that is meant");
  for (const int64_t id : rule.positive_ids) {
    if (id < 0 || id >= queries) user_error("selection: query {} of {} (the first is 0)", id, queries);
  }
  if (queries == 1 && !rule.score_threshold) user_error("selection: a single query needs a threshold");
  return at::tensor(rule.positive_ids, at::kLong);
}

/// Probabilities in which the first positive id holds the sum over all of them.
at::Tensor with_gathered_target(const at::Tensor& probabilities, const at::Tensor& ids) {
  at::Tensor gathered = probabilities.clone();
  gathered.select(1, ids[0].item<int64_t>()).copy_(probabilities.index_select(1, ids).sum(1));
  return gathered;
}

at::Tensor largest_is_target(const at::Tensor& gathered, const at::Tensor& ids) {
  return at::isin(gathered.argmax(1), ids);
}

at::Tensor sum_reaches(const at::Tensor& probabilities, const at::Tensor& ids, double threshold) {
  return probabilities.index_select(1, ids).sum(1).ge(threshold);
}

}  // namespace

at::Tensor selection_of_cosines(const at::Tensor& cosines, const SelectionRule& rule) {
  const at::Tensor ids = checked_ids(rule, cosines.size(1));
  if (cosines.size(1) == 1) return cosines.select(1, 0).ge(*rule.score_threshold);
  const at::Tensor probabilities = cosines.softmax(1);
  return rule.score_threshold ? sum_reaches(probabilities, ids, *rule.score_threshold)
                              : largest_is_target(with_gathered_target(probabilities, ids), ids);
}

at::Tensor deletion_of_cosines(const at::Tensor& cosines, const SelectionRule& rule) {
  const at::Tensor ids = checked_ids(rule, cosines.size(1));
  if (cosines.size(1) == 1) return cosines.select(1, 0).ge(*rule.score_threshold);
  const at::Tensor gathered = with_gathered_target(cosines.softmax(1), ids);
  at::Tensor selected = largest_is_target(gathered, ids);
  if (rule.score_threshold) selected = selected.logical_or(sum_reaches(gathered, ids, *rule.score_threshold));
  return selected;
}

at::Tensor selection_score(const at::Tensor& features, const at::Tensor& queries, const SelectionRule& rule) {
  return selection_of_cosines(cosines_of(features, queries), rule).to(features.scalar_type());
}

at::Tensor selection_score_delete(const at::Tensor& features, const at::Tensor& queries, const SelectionRule& rule) {
  return deletion_of_cosines(cosines_of(features, queries), rule).to(features.scalar_type());
}

}  // namespace retort::field
