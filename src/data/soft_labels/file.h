// Files of soft labels: what a teacher said of each sample of a training set, epoch by epoch (docs/soft_labels.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "data/soft_labels/header.h"
#include "data/soft_labels/record.h"
#include "io/atomic_file.h"
#include "io/mapped_file.h"

namespace retort::data {

/// A file, mapped: a record's bytes come in when it is asked for. Any number of threads may ask.
class SoftLabelFile {
 public:
  /// UserError when it can't be opened, is of another kind or version, or is longer or shorter than its header says.
  explicit SoftLabelFile(const std::filesystem::path& path);
  /// The same on bytes in memory; `name` leads the messages.
  SoftLabelFile(io::SharedBytes file, std::string name);

  const SoftLabelHeader& header() const { return header_; }
  const std::string& name() const { return name_; }

  /// Logits [classes] and feature [feature_width] (or empty) of a sample; see read_soft_label(). Fault for an epoch or
  /// a sample that does not exist.
  void read(int64_t epoch, int64_t sample, std::span<float> logits, std::span<float> feature) const;

 private:
  std::string name_;
  io::SharedBytes file_;
  SoftLabelHeader header_;
  size_t begin_ = 0, record_bytes_ = 0;
};

/// Writes a file record by record: all samples of epoch 0 in order, then those of epoch 1. It appears under its name
/// when it is whole; until then it grows as `<path>.partial`, which stays when the writer is dropped or killed.
class SoftLabelWriter {
 public:
  /// Goes on behind the whole records of a partial file with the same header; any other partial file is begun anew.
  SoftLabelWriter(const std::filesystem::path& path, const SoftLabelHeader& header);

  /// Records so far, those found included.
  int64_t records() const { return records_; }
  /// Forgets those behind the first `records`.
  void keep(int64_t records);
  /// The next record: see append_soft_label().
  void add(std::span<const float> logits, std::span<const float> feature);
  /// Hands what was added to the system, so that a kill loses nothing of it.
  void flush() { file_.flush(); }
  /// Fault unless all records are there.
  void commit();

  /// Of the records that this writer added.
  const SoftLabelError& error() const { return error_; }

 private:
  SoftLabelHeader header_;
  io::AtomicFile file_;
  size_t begin_ = 0, record_bytes_ = 0;
  int64_t records_ = 0;
  SoftLabelError error_;
};

}  // namespace retort::data
