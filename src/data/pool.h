// A pool of pictures without labels, of which those are chosen that a teacher is surest of.
#pragma once

#include <cstdint>
#include <string>

#include "core/options.h"
#include "core/registries.h"
#include "data/sets/dataset.h"
#include "data/top_per_class.h"

namespace retort::data {

inline std::vector<std::string> choices(ClassMembership) { return {"any", "best"}; }

/// The section `data.pool:` of recipes.
struct PoolOptions {
  std::string set = {};
  std::string path = {};
  int64_t samples = 0;
  std::string scores = {};
  int64_t per_class = 1000;
  ClassMembership membership = ClassMembership::any;
  std::string unlike = {};
  std::string unlike_path = {};
  int64_t unlike_bits = 3;
};
void fields(OptionVisitor& v, PoolOptions& o);

/// The pool without pictures like those of `unlike` (near_duplicates.h), or of a pool with scores the `per_class`
/// surest pictures of each class, each picture once, in the order of the set: top_per_class() of the probabilities in a
/// file of soft labels (docs/soft_labels.md), of which the first look counts; the file is of the whole pool. Holds all
/// its scores in memory meanwhile: 4 bytes a picture and class. UserError when no set is named, nothing is left, when
/// the file is of another set, or damaged.
DatasetPtr open_pool(const Registries& registries, const PoolOptions& options);

}  // namespace retort::data
