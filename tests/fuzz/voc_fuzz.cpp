#include "data/sets/voc.h"
#include "fuzz/fuzz_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [](const retort::io::SharedBytes& file) {
    const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
    for (const auto& object : retort::data::parse_voc_annotation(text, "fuzz")) {
      RT_CHECK(object.box.x_max > object.box.x_min, "a box without extent");
    }
  });
}
