#include "fuzz/fuzz_parser.h"
#include "io/ply.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [](const retort::io::SharedBytes& file) {
    const auto vertices = retort::io::decode_ply(file.bytes, "fuzz");
    RT_CHECK(int64_t(vertices.values.size()) == vertices.rows * vertices.columns(), "rows and values differ");
  });
}
