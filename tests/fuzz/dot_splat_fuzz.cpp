#include "distil/field/splat_files/splat_formats.h"
#include "fuzz/fuzz_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(
      data, size, [](const retort::io::SharedBytes& file) { retort::field::read_dot_splat(file.bytes, "fuzz").check(); });
}
