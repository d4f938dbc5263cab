// CIFAR files for tests, as their authors and NumPy write them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace retort::tests {

/// Pixel `i` of 3072 of every picture with that label.
inline uint8_t cifar_pixel(int label, size_t i) { return uint8_t(i * 7 + size_t(label) * 31); }

inline std::string cifar_pixels(int label) {
  std::string pixels(3072, '\0');
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = char(cifar_pixel(label, i));
  return pixels;
}

/// Records of the binary version; `label_bytes` 2: CIFAR-100, with 0 as coarse label.
inline std::string cifar_binary(const std::vector<int>& labels, int label_bytes = 1) {
  std::string file;
  for (const int label : labels) {
    if (label_bytes == 2) file += '\0';
    file += char(label);
    file += cifar_pixels(label);
  }
  return file;
}

/// What Python 2's cPickle writes (protocol 2) of {"data": uint8 [rows, 3072], "labels": [...]}. Fewer labels than rows
/// make it wrong.
inline std::string cifar_pickle(const std::vector<int>& labels, size_t rows, size_t label_count) {
  const auto number32 = [](size_t value) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes += char(value >> (8 * i));
    return bytes;
  };
  const auto text = [](const std::string& value) { return std::string("U") + char(value.size()) + value; };
  std::string pickle("\x80\x02}q\x01(", 6);
  pickle += text("batch_label") + text("testing batch 1 of 1") + text("labels") + "](";
  for (size_t i = 0; i < label_count; ++i) pickle += std::string("K") + char(labels[i]);
  pickle += "e" + text("data") + "cnumpy.core.multiarray\n_reconstruct\nq\x02";
  pickle += std::string("cnumpy\nndarray\nq\x03K\0\x85U\1b\x87Rq\x04", 27);
  pickle += "(K\1J" + number32(rows) + std::string("M\0\x0c\x86", 4);
  pickle += std::string("cnumpy\ndtype\nq\x05U\2u1K\0K\1\x87Rq\x06", 27);
  pickle += std::string("(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89", 24);
  pickle += "T" + number32(rows * 3072);
  for (size_t i = 0; i < rows; ++i) pickle += cifar_pixels(labels[i]);
  return pickle + "tbu.";
}

inline std::string cifar_pickle(const std::vector<int>& labels) {
  return cifar_pickle(labels, labels.size(), labels.size());
}

}  // namespace retort::tests
