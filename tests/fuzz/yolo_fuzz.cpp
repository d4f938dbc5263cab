#include "data/sets/yolo.h"
#include "fuzz/fuzz_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace retort;
  const std::string text(reinterpret_cast<const char*>(data), size);
  fuzz::accept_or_refuse(data, size, [&](const io::SharedBytes&) { data::parse_yolo_names(text, "fuzz"); });
  return fuzz::accept_or_refuse(data, size, [&](const io::SharedBytes&) {
    for (const auto& box : data::parse_yolo_labels(text, "fuzz", 3)) {
      RT_CHECK(box.label >= 0 && box.label < 3, "a label without a class");
    }
  });
}
