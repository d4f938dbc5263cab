// Contrastive representation distillation (Tian et al. 2020): a sample's student and teacher embeddings attract, those
// of other samples repel; negatives come from two memory banks, one row a sample of the data set.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::losses {

/// Rows [N,D] of unit length (after their first update).
struct CrdMemory {
  at::Tensor student, teacher;
};

/// Entries of fresh banks are uniform within +-1 / sqrt(dimensions / 3). Source: RepDistiller, crd/memory.py.
double crd_memory_bound(int64_t dimensions);

struct CrdOptions {
  double temperature = 0.07;  ///< > 0
  double momentum = 0.5;      ///< share of the old row in a bank's update, in [0, 1)
  double z_student = -1;      ///< normalising constant of the student's scores; below 0: set from this batch
  double z_teacher = -1;      ///< of the teacher's
};

struct CrdResult {
  at::Tensor loss;  ///< []
  /// What rows `indices` of the banks become, [B,D] without gradient; the caller puts them there (index_copy_): banks
  /// are too large to be copied at every step.
  CrdMemory updated_rows;
  at::Tensor z;  ///< [2], the constants used (student's, teacher's), without gradient; to be given back as options
};

/// Embeddings: `embed_s.linear` and `embed_t.linear` of the pooled features, to the banks' width, then unit length.
/// Both are learned. Scores of sample b against the rows contrast_indices[b] of the other side's bank, exp(row . e / T)
/// / Z; Z = mean * N of the first batch. Noise-contrastive loss for K negatives of probability 1/N (paper;
/// RepDistiller, crd/criterion.py), both sides summed. Rows `indices` of the banks become normalize(momentum row + (1 -
/// momentum) e). features [B,C] and [B,E], indices [B], contrast_indices [B,1+K] with indices in its first column,
/// int64. UserError when an index lies outside of the banks.
CrdResult crd_loss(const nn::Scope& scope, const at::Tensor& student_features, const at::Tensor& teacher_features,
                   const at::Tensor& indices, const at::Tensor& contrast_indices, const CrdMemory& memory,
                   const CrdOptions& options = {});

/// embedding [B,D] against the rows contrast_indices [B,M] of bank [N,D]: [B,M] dot products. Where M is a
/// large part of N the whole product with the bank is made and picked from, a matrix product being faster by the row;
/// else only the products asked for are made, without a copy of the rows. No gradient flows into the bank.
at::Tensor contrast_products(const at::Tensor& embedding, const at::Tensor& bank, const at::Tensor& contrast_indices);

}  // namespace retort::losses
