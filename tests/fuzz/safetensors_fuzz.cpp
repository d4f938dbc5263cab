#include <utility>

#include "fuzz/fuzz_parser.h"
#include "io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [](retort::io::SharedBytes file) {
    retort::fuzz::touch(retort::io::parse_safetensors(std::move(file), "fuzz").tensors);
  });
}
