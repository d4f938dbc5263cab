#include <utility>

#include "data/sets/idx.h"
#include "fuzz/fuzz_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [](retort::io::SharedBytes file) {
    retort::fuzz::touch({{"value", retort::data::parse_idx(std::move(file), "fuzz")}});
  });
}
