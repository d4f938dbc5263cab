#include <algorithm>
#include <utility>
#include <vector>

#include "data/soft_labels/class_set.h"
#include "data/soft_labels/file.h"
#include "fuzz/fuzz_parser.h"

namespace {

// Where a set of classes may read: their checksum keeps most changed bytes from it.
void read_as_class_set(const uint8_t* data, size_t size) {
  if (size < 2) return;
  const int64_t classes = 1 + 37 * int64_t{data[0]}, count = 1 + int64_t{data[1]} % classes;
  const auto bytes = std::span(data, size).subspan(2);
  if (bytes.size() < retort::data::class_set_bytes(classes, count)) return;
  std::vector<int32_t> indices(static_cast<size_t>(count));
  if (!retort::data::read_class_set(bytes.first(retort::data::class_set_bytes(classes, count)), classes, indices))
    return;
  for (const int32_t index : indices) RT_CHECK(index >= 0 && index < classes, "class {} of {}", index, classes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  read_as_class_set(data, size);
  return retort::fuzz::accept_or_refuse(data, size, [](retort::io::SharedBytes bytes) {
    const retort::data::SoftLabelFile file(std::move(bytes), "fuzz");
    const auto& header = file.header();
    // A file's user compares the number of classes with the data's before memory is asked for.
    if (header.classes > 1 << 16 || header.feature_width > 1 << 16) return;
    std::vector<float> logits(static_cast<size_t>(header.classes)), feature(static_cast<size_t>(header.feature_width));
    const int64_t records = std::min<int64_t>(header.records(), 1000);
    for (int64_t i = 0; i < records; ++i) file.read(i / header.data.samples, i % header.data.samples, logits, feature);
  });
}
