#include <utility>

#include "fuzz/fuzz_parser.h"
#include "io/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [](retort::io::SharedBytes file) {
    retort::fuzz::touch(retort::io::parse_npz(std::move(file), "fuzz"));
  });
}
