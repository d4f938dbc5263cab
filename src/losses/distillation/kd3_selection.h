// Which foreign pictures KD3 learns from in an epoch.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::losses {

struct SelectionSchedule {
  int64_t max_epoch = 120;  ///< from here on the student decides alone
  int64_t length = 160;     ///< epochs until the teacher's share of the formula itself is 0
};

/// Share of the teacher's logits in epoch 1, 2, ...: 1 - exp(-5 ((epoch + 1) / length - 1)^2), falling; 0 from
/// max_epoch on. Source: KDDD/helper/util.py time_d.
double selection_teacher_weight(int64_t epoch, const SelectionSchedule& schedule = {});

struct SelectionOptions {
  double alpha = 1.0;      ///< share of the teacher's logits, in [0, 1]
  double p_cutoff = 0.95;  ///< threshold of the most frequent class, in [0, 1]
  int64_t at_least = 0;    ///< keeps that many of the surest where fewer pass
};

struct SelectedSamples {
  at::Tensor keep;          ///< bool [N]
  at::Tensor threshold;     ///< [C]; 0 for a class that nothing is taken for
  at::Tensor confidence;    ///< [N], probability of the pseudo class
  at::Tensor pseudo_class;  ///< int64 [N]
};

/// Over the whole set: softmax of alpha teacher + (1 - alpha) student, [N,C] logits both; the surest class is the
/// pseudo class. With b the class's count over the largest count, its threshold is p_cutoff b / (2 - b): rare classes
/// pass easily. Kept is what is surer than its class's threshold. Source: paper, section 3.1; KDDD/dataset/I32.py
/// train_loader_select; `at_least` is ours (the authors' training ends where nothing is selected).
SelectedSamples select_samples(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                               const SelectionOptions& options = {});

}  // namespace retort::losses
