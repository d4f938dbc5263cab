#include "data/pool.h"

#include <ATen/ATen.h>

#include <numeric>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "data/near_duplicates.h"
#include "data/sets/catalogue.h"
#include "data/sets/subset.h"
#include "data/soft_labels/data_set_checksum.h"
#include "data/soft_labels/file.h"

namespace retort::data {

namespace {
/// Probabilities of a set's samples [M,C].
at::Tensor scores_of(const SoftLabelFile& file) {
  const auto& held = file.header();
  auto logits = at::empty({held.data.samples, held.classes}, at::kFloat);
  for (int64_t i = 0; i < held.data.samples; ++i)
    file.read(0, i, {logits.data_ptr<float>() + i * held.classes, static_cast<size_t>(held.classes)}, {});
  return at::softmax(logits, 1);
}

/// Numbers of the pool's pictures that are like none of `options.unlike`; all without it.
std::vector<int64_t> allowed_of(const Registries& registries, const Dataset& pool, const PoolOptions& options) {
  std::vector<int64_t> allowed(size_t(pool.size()));
  std::iota(allowed.begin(), allowed.end(), 0);
  if (options.unlike.empty()) return allowed;
  const auto others = open_dataset(registries.data_sets, options.unlike, options.unlike_path);
  allowed = unlike_samples(pool, *others, options.unlike_bits);
  if (allowed.empty())
    user_error("data.pool.unlike: every picture of {} is like one of {}; fewer data.pool.unlike_bits would leave some",
               options.set, options.unlike);
  return allowed;
}

/// The surest of the pictures `allowed`.
DatasetPtr surest_of(DatasetPtr pool, const std::vector<int64_t>& allowed, const PoolOptions& options) {
  const SoftLabelFile file(options.scores);
  const auto& held = file.header().data;
  if (held.samples != pool->size() || held.checksum != data_set_checksum(*pool))
    user_error(
        "{}: holds scores of {} samples of {}; the pool {} has {}, or others; `retort cache` on the pool makes them",
        file.name(), held.samples, held.name, options.set, pool->size());
  const auto numbers = at::tensor(allowed, at::kLong);
  const auto chosen = top_per_class(scores_of(file).index_select(0, numbers), options.per_class, options.membership);
  const auto rows = numbers.index_select(0, chosen).contiguous();
  const auto* first = rows.const_data_ptr<int64_t>();
  return choose_samples(std::move(pool), std::vector<int64_t>(first, first + rows.numel()));
}
}  // namespace

void fields(OptionVisitor& v, PoolOptions& o) {
  v("set", o.set, "data set and split of pictures whose labels, if any, are not read; empty: no pool");
  v("path", o.path, "its folder or archive; empty: below $RETORT_SHARED/data");
  v("samples", o.samples, "its first samples only; 0: all", {.min = 0});
  v("scores", o.scores,
    "file of soft labels of the pool (`retort cache`) by which pictures are chosen; empty: all are");
  v("per_class", o.per_class, "of each class so many of the surest pictures", {.min = 1});
  v("unlike", o.unlike,
    "data set and split that no picture of the pool may look like, such as the test set; empty: all are taken");
  v("unlike_path", o.unlike_path, "its folder or archive; empty: below $RETORT_SHARED/data");
  v("unlike_bits", o.unlike_bits, "of 64 signs of brightness that two pictures which look alike may differ in",
    {.min = 0, .max = 63});
  v("membership", o.membership, "any: a picture may be chosen for several classes; best: for its surest alone");
}

DatasetPtr open_pool(const Registries& registries, const PoolOptions& options) {
  if (options.set.empty()) user_error("data.pool.set: names no data set; `retort list data` prints them");
  auto pool = open_dataset(registries.data_sets, options.set, options.path);
  if (options.samples > 0) pool = first_samples(std::move(pool), options.samples);
  if (options.scores.empty() && options.unlike.empty()) return pool;
  auto allowed = allowed_of(registries, *pool, options);
  if (options.scores.empty()) return choose_samples(std::move(pool), std::move(allowed));
  return surest_of(std::move(pool), allowed, options);
}

}  // namespace retort::data
