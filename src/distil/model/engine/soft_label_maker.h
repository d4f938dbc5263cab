// A teacher looks at a training set once, and what it says is kept (docs/soft_labels.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/registries.h"
#include "data/data_options.h"
#include "data/soft_labels/file.h"
#include "nn/network.h"

namespace retort::model {

struct SoftLabelRequest {
  data::DataOptions data = {};  ///< training set and its transforms; `batch_size` is the teacher's
  std::string network, weights;
  int64_t seed = 0;     ///< of the augmentation, unless data.augmentation_seed says otherwise
  int64_t epochs = 1;   ///< different augmentations of each picture
  int64_t top_k = 128;  ///< 0, or more than there are: all classes
  int64_t classes = 0;  ///< that the teacher knows; 0: as many as the set has
  data::SoftLabelFormat format = data::SoftLabelFormat::fp16;
  std::string feature;  ///< tap of a vector to keep as well; empty: none
  bool channels_last = true;
};

/// Fills a file batch by batch. Work that was broken off is taken up where it was left.
class SoftLabelMaker {
 public:
  /// Opens data and teacher. UserError when either is not as named, when the feature is no vector, when several epochs
  /// are asked for of transforms that draw nothing, or when `file` is there and holds anything else than is asked for;
  /// `overwrite` replaces it.
  SoftLabelMaker(const Registries& registries, const SoftLabelRequest& request, const std::filesystem::path& file,
                 bool overwrite);

  const data::SoftLabelHeader& header() const { return header_; }
  /// The file is there already, whole: there is nothing to do.
  bool already_there() const { return !writer_.has_value(); }
  /// Records so far, of header().records().
  int64_t records() const { return writer_ ? writer_->records() : header_.records(); }
  /// One batch; false when there is none left.
  bool step();
  /// Makes the file appear under its name.
  void commit();
  /// Of what this maker wrote.
  data::SoftLabelError error() const { return writer_ ? writer_->error() : data::SoftLabelError{}; }

 private:
  struct Said;
  Said ask(const at::Tensor& image) const;
  int64_t classes_of(const SoftLabelRequest& request) const;
  void describe(const Registries& registries, const SoftLabelRequest& request);
  void go_on();

  std::unique_ptr<data::Loader> loader_;
  std::shared_ptr<const nn::Network> network_;
  nn::Weights weights_;
  data::SoftLabelHeader header_;
  std::optional<data::SoftLabelWriter> writer_;
};

}  // namespace retort::model
