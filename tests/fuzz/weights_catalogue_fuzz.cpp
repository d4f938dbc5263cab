#include "fuzz/fuzz_parser.h"
#include "weights/catalogue.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [&](const retort::io::SharedBytes&) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    retort::weights::parse_catalogue(retort::Recipe::parse(text, "fuzz"));
  });
}
