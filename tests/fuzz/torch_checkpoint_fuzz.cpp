#include <utility>

#include "fuzz/fuzz_parser.h"
#include "io/torch_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [](retort::io::SharedBytes file) {
    retort::fuzz::touch(retort::io::flatten(retort::io::parse_torch_checkpoint(std::move(file), "fuzz"), "fuzz"));
  });
}
