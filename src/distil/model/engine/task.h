// Whether networks fit what a data set is labelled with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/mixing.h"
#include "data/sets/dataset.h"
#include "nn/network.h"

namespace retort::model {

/// UserError led by `who` ("student.network") when a set of label maps meets a network that names one class a picture,
/// the other way round, and for sets of boxes or of picture pairs, which nothing here learns.
void require_task(const data::Dataset& set, const nn::Network& network, const std::string& who);

/// UserError when label maps would be mixed.
void require_mixable(const data::Dataset& set, const data::MixingOptions& mixing);

/// The class of each sample; none for sets of label maps.
std::vector<int64_t> class_of_samples(const data::Dataset& set);

}  // namespace retort::model
