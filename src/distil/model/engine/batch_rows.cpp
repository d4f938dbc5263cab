#include "distil/model/engine/batch_rows.h"

#include <ATen/ATen.h>

#include <utility>
#include <vector>

namespace retort::model {

data::Batch chosen_rows(data::Batch batch, const at::Tensor& rows) {
  for (auto& [name, column] : batch.columns) column = column.index_select(0, rows);
  std::vector<RandomTree> random;
  if (!batch.sample_random.empty())
    for (int64_t i = 0; i < rows.size(0); ++i)
      random.push_back(batch.sample_random[static_cast<size_t>(rows[i].item<int64_t>())]);
  batch.sample_random = std::move(random);
  batch.ragged.clear();
  batch.size = rows.size(0);
  return batch;
}

data::Batch joined_rows(data::Batch first, data::Batch second) {
  if (first.size == 0) return second;
  for (auto& [name, column] : second.columns) column = at::cat({first.column(name), column});
  auto random = std::move(first.sample_random);
  random.insert(random.end(), second.sample_random.begin(), second.sample_random.end());
  second.sample_random = std::move(random);
  second.size += first.size;
  return second;
}

}  // namespace retort::model
