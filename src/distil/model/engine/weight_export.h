// A trained network's weights as a file for other programs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/transforms/normalise.h"
#include "distil/model/engine/trained_network.h"
#include "io/safetensors.h"

namespace retort::model {

/// What a reader of the file needs beside the tensors.
struct ExportFacts {
  std::vector<std::string> class_names = {};
  std::vector<int64_t> image = {};  ///< [C,H,W] of the input
  std::optional<data::ChannelStatistics> normalisation = {};
  std::string version = {};  ///< of retort
  bool folded_norms = false;
};

/// The metadata of the file: format ("pt", which readers of the ecosystem look for), network, classes, class_names,
/// image_size, mean, std, folded_norms, retort_version. Lists are JSON.
io::StringMap export_metadata(const TrainedNetwork& model, const ExportFacts& facts);

/// Writes all weights, under the names they have (the ecosystem's), as safetensors; floating ones in half precision
/// when `half`. UserError naming the tensor when it holds numbers that half precision can't (beyond 65504).
void export_weights(const nn::Weights& weights, const std::filesystem::path& file, const io::StringMap& metadata,
                    bool half);

/// The model with its batch norms folded into the layers before them (nn/fold_norms.h): the same logits but for
/// rounding, other names of weights.
TrainedNetwork with_folded_norms(const TrainedNetwork& model);

/// Largest difference of the logits of a written file and of the network it was made from, and the largest of these, on
/// one batch of eight pictures of normal noise.
struct ExportCheck {
  double largest_difference = 0;
  double largest_logit = 0;
};
/// `written`: the network that the file is for. UserError when the file does not fit it, Fault when its logits are not
/// finite.
ExportCheck check_export(const TrainedNetwork& model, const nn::Network& written, const std::filesystem::path& file);

}  // namespace retort::model
