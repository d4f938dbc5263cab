// A batch: named columns of equally many samples.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/random.h"

namespace retort::data {

/// Rows of different lengths, one after another: row i is values[offsets[i] : offsets[i + 1]].
struct Ragged {
  at::Tensor values;   ///< [N, ...]
  at::Tensor offsets;  ///< [B+1] int64, from 0 to N

  int64_t rows() const;
  at::Tensor row(int64_t index) const;
};

/// Standard names: image [B,C,H,W] float32; target [B] int64 (class) or [B,H,W] int64 (label map, 255 where
/// nothing counts); ragged boxes [N,4]
/// float32 (x_min, y_min, x_max, y_max in pixels), box_labels [N] int64, box_difficult [N] bool; sample_index [B]
/// int64, the sample's number in its data set; augmentation_epoch [B] int64 where it is not the same for all rows. On
/// the CPU.
struct Batch {
  int64_t size = 0;
  int64_t epoch = 0, number = 0;   ///< batch `number` of its epoch
  int64_t augmentation_epoch = 0;  ///< the epoch that the samples' random streams are keyed by
  int64_t crops = 1;               ///< of each sample; row = crop * (size / crops) + sample
  std::map<std::string, at::Tensor> columns = {};
  std::map<std::string, Ragged> ragged = {};
  /// A random stream for the batch as a whole (mixing), and one for each sample: keys of seed, epoch and number, so
  /// that what is drawn from them depends neither on the number of workers nor on what was drawn before.
  RandomTree random{0};
  std::vector<RandomTree> sample_random = {};

  /// Fault naming the columns there are when it is absent.
  const at::Tensor& column(const std::string& name) const;
  const at::Tensor& image() const { return column("image"); }
  const at::Tensor& target() const { return column("target"); }
  const at::Tensor& sample_index() const { return column("sample_index"); }
  const Ragged& ragged_column(const std::string& name) const;
};

}  // namespace retort::data
