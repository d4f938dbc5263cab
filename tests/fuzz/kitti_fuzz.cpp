#include "data/sets/kitti.h"
#include "fuzz/fuzz_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace retort;
  const std::string text(reinterpret_cast<const char*>(data), size);
  return fuzz::accept_or_refuse(data, size, [&](const io::SharedBytes&) {
    for (const auto& box : data::parse_kitti_labels(text, "fuzz")) {
      RT_CHECK(box.label >= 0 && box.label < int64_t(data::kitti_classes().size()), "a label without a class");
      RT_CHECK(box.x_min < box.x_max && box.y_min < box.y_max, "a box without extent");
    }
  });
}
