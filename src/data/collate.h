// Samples side by side.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/batch.h"
#include "data/sets/dataset.h"
#include "data/transforms/pipeline.h"

namespace retort::data {

/// Reads the samples `indices` of a data set, changes them and lays them side by side. The sample's random stream is
/// child(index) of `epoch_random`. UserError led by the sample's name when it can't be read or changed, and when
/// pictures of one batch differ in size. Of a JPEG no more is decoded than the pipeline's first transform uses; only
/// `decode_scale` can change a pixel.
Batch collate(const Dataset& dataset, const Pipeline& pipeline, std::span<const int64_t> indices,
              const RandomTree& epoch_random, DecodeScale decode_scale = DecodeScale::none);

/// The same with a random stream for each row: a sample may come several times, and is read once where nothing but
/// time depends on it.
Batch collate(const Dataset& dataset, const Pipeline& pipeline, std::span<const int64_t> indices,
              std::vector<RandomTree> streams, DecodeScale decode_scale = DecodeScale::none);

}  // namespace retort::data
