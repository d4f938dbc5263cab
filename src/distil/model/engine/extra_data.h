// Pictures of a second source, whose labels nobody reads: they stand behind the labelled ones in every batch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/registries.h"
#include "data/data_options.h"
#include "data/loader.h"

namespace retort::model {

/// The section `extra:` of recipes.
struct ExtraDataOptions {
  std::string train = {};  ///< empty: there is no second source
  std::string path = {};
  std::vector<std::string> classes = {};
  int64_t samples = 0;
  bool rest = false;
  int64_t held_out = 0;
  int64_t batch_size = 0;
  std::vector<std::string> transforms = {};

  bool given() const { return !train.empty(); }
  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, ExtraDataOptions& o);

struct ExtraData {
  std::unique_ptr<data::Loader> pictures;  ///< shuffled, without end
  std::unique_ptr<data::Loader> held_out;  ///< in order, as test pictures; null where none are
};

/// `labelled`: the training set of `data`, whose samples `rest` leaves out. What `extra` does not say is as in `data`.
/// UserError led by "extra" when nothing is left.
ExtraData open_extra_data(const Registries& registries, const ExtraDataOptions& extra, const data::DataOptions& data,
                          const data::Dataset& labelled, int64_t seed);

/// Column of a batch: numbers of its extra pictures in their set, int64 [U].
inline constexpr const char* extra_index_column = "extra_index";

/// The batch with the pictures of `extra` behind its own: image [B+U,C,H,W], and their extra_index_column; everything
/// else, labels too, stays of the first B. UserError when the pictures differ in size.
data::Batch with_extra_pictures(data::Batch batch, const data::Batch& extra);

}  // namespace retort::model
