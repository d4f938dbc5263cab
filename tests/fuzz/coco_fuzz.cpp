#include "data/sets/coco.h"
#include "fuzz/fuzz_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [](const retort::io::SharedBytes& file) {
    const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
    const auto parsed = retort::data::parse_coco(text, "fuzz");
    for (const auto& item : parsed.items) {
      for (const auto& box : item.boxes) {
        RT_CHECK(box.label >= 0 && box.label < int64_t(parsed.class_names.size()), "a label without a class");
      }
    }
  });
}
