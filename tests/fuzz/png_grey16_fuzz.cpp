#include "fuzz/fuzz_parser.h"
#include "io/png.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(
      data, size, [](const retort::io::SharedBytes& file) { retort::io::decode_png_grey16(file.bytes, "fuzz"); });
}
