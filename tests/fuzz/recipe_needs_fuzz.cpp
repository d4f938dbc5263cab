#include "core/recipe.h"
#include "fuzz/fuzz_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [&](const retort::io::SharedBytes&) {
    retort::Recipe::parse(std::string(reinterpret_cast<const char*>(data), size), "fuzz").needs();
  });
}
