#include "data/batch.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/text.h"

namespace retort::data {
namespace {

template <class Column>
const Column& batch_column(const std::map<std::string, Column>& columns, const std::string& name) {
  const auto found = columns.find(name);
  if (found != columns.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [other, column] : columns) names.push_back(other);
  fault("the batch has no column '{}'; it has {}", name, join(names, ", "));
}

}  // namespace

int64_t Ragged::rows() const { return offsets.numel() - 1; }

at::Tensor Ragged::row(int64_t index) const {
  RT_CHECK(index >= 0 && index < rows(), "row {} of {}", index, rows());
  const auto* places = offsets.data_ptr<int64_t>();
  return values.slice(0, places[index], places[index + 1]);
}

const at::Tensor& Batch::column(const std::string& name) const { return batch_column(columns, name); }

const Ragged& Batch::ragged_column(const std::string& name) const { return batch_column(ragged, name); }

}  // namespace retort::data
