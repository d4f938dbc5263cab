// One teacher's answer to one picture, in bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "data/soft_labels/header.h"

namespace retort::data {

/// Bytes of each record of a file: which classes (class_set.h), their values, the logarithm of what the others share,
/// the feature as float16, a CRC-32 of all that. 344 for 128 of 1,000 classes as fp16, 224 quantised.
size_t soft_label_record_bytes(const SoftLabelHeader& header);

/// How far the stored values lie from the teacher's.
struct SoftLabelError {
  double largest = 0;   ///< of a stored class's probability, in [0,1]
  double left_out = 0;  ///< largest mass of probability outside the stored classes of a record, spread evenly
  double left_out_sum = 0;
  int64_t records = 0;

  double mean_left_out() const { return records > 0 ? left_out_sum / double(records) : 0; }
};

/// Appends a record: the top_k largest of `logits` [classes] (of equal ones the lower class) and `feature`
/// [feature_width]. Counts its error in `error`. Fault naming `sample` when a value is not finite.
void append_soft_label(const SoftLabelHeader& header, std::span<const float> logits, std::span<const float> feature,
                       int64_t sample, std::string& bytes, SoftLabelError& error);

/// Reads a record of soft_label_record_bytes(): logits [classes], those that were not stored sharing the remaining mass
/// evenly, and the feature [feature_width], which may be empty when nobody wants it. They are log-probabilities up to
/// rounding, for fp32 the teacher's own logits. UserError led by `name` (file and place) when the record is damaged.
void read_soft_label(const SoftLabelHeader& header, std::span<const uint8_t> bytes, const std::string& name,
                     std::span<float> logits, std::span<float> feature);

/// Whether a record's bytes have their checksum.
bool soft_label_is_whole(std::span<const uint8_t> bytes);

}  // namespace retort::data
