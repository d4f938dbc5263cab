// What a file of soft labels says of itself: whose words they are, on which pictures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace retort::data {

/// How the values of a record are stored.
enum class SoftLabelFormat {
  fp32,        ///< the teacher's logits, bit for bit
  fp16,        ///< log-probabilities as float16
  quantised8,  ///< log-probabilities in 256 steps, finer near the largest
};
inline std::vector<std::string> choices(SoftLabelFormat) { return {"fp32", "fp16", "quantised8"}; }

/// Which data set, whatever folder it lies in.
struct DataSetMark {
  std::string name = {};  ///< as recipes write it: "cifar10/train"
  int64_t samples = 0;
  std::string checksum = {};  ///< see data_set_checksum()
  bool operator==(const DataSetMark&) const = default;
};

/// Which teacher.
struct TeacherMark {
  std::string network = {};
  std::string weights = {};   ///< the file's name, for messages
  std::string checksum = {};  ///< SHA-256 of the file
  bool operator==(const TeacherMark&) const = default;
};

struct SoftLabelHeader {
  DataSetMark data = {};
  TeacherMark teacher = {};
  /// The pictures: sample i of epoch e is a pure function of transforms, seed, e and i, so that these replay every
  /// crop.
  std::vector<std::string> transforms = {};
  bool augmented = false;  ///< a transform draws: epochs differ
  int64_t seed = 0;
  int64_t batch_size = 0;  ///< the teacher's; changes rounding only
  bool channels_last = true;
  int64_t classes = 0;
  int64_t epochs = 1;
  int64_t top_k = 0;  ///< values of a record; `classes`: all of them
  SoftLabelFormat format = SoftLabelFormat::fp16;
  std::string feature = {};  ///< tap whose vector lies behind the logits; empty: none
  int64_t feature_width = 0;

  int64_t records() const { return epochs * data.samples; }
  bool operator==(const SoftLabelHeader&) const = default;
};

/// One line of JSON.
std::string soft_label_header_text(const SoftLabelHeader& header);

/// Reads it. UserError led by `name` that says which entry is missing, of a wrong kind or out of range.
SoftLabelHeader parse_soft_label_header(std::string_view text, const std::string& name);

/// Fault unless the numbers are in range; what parse_soft_label_header() asks of a file.
void require_valid(const SoftLabelHeader& header);

}  // namespace retort::data
