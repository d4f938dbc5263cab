// Which splats answer a query, by their cosines: the hard, soft and hybrid rules of Feature 3DGS (Zhou et al., CVPR
// 2024; ShijieZhou-UCLA/feature-3dgs @6c570d6).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace retort::field {

struct SelectionRule {
  std::vector<int64_t> positive_ids;      ///< rows of the queries that are meant
  std::optional<double> score_threshold;  ///< needed when there is one query
};

/// Which splats answer a query, for extraction and recolouring: features [P,C], queries [K,C] -> [P] of 0 and 1, in the
/// features' dtype. One query: cosine >= threshold. Several: softmax of the cosines without a temperature; with a
/// threshold the sum over the positive ids must reach it ("soft"), without one the largest must be a positive id
/// ("hard"; their sum counts as the first of them). Splats whose features are all 0 have cosine 0 (NaN in the
/// original). UserError for ids outside [0, K) or a missing threshold. Source: gaussian_renderer/__init__.py
/// calculate_selection_score.
at::Tensor selection_score(const at::Tensor& features, const at::Tensor& queries, const SelectionRule& rule);

/// The same from the cosines [P,K] of splats and queries -> [P] bool; for features that are stored coded.
at::Tensor selection_of_cosines(const at::Tensor& cosines, const SelectionRule& rule);

/// The same for deletion: both rules, joined by or ("hybrid"). As in the original, the threshold is held against a sum
/// in which the first positive id already stands for all of them, so further ids count twice. Source:
/// gaussian_renderer/__init__.py calculate_selection_score_delete.
at::Tensor selection_score_delete(const at::Tensor& features, const at::Tensor& queries, const SelectionRule& rule);

/// The hybrid rule from cosines [P,K] -> [P] bool.
at::Tensor deletion_of_cosines(const at::Tensor& cosines, const SelectionRule& rule);

}  // namespace retort::field
