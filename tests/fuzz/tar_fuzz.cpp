#include "fuzz/fuzz_parser.h"
#include "io/tar.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [](const retort::io::SharedBytes& file) {
    unsigned total = 0;
    for (const auto& member : retort::io::tar_members(file.bytes, "fuzz")) {
      for (const uint8_t byte : file.bytes.subspan(member.offset, member.size)) total += byte;
    }
    volatile unsigned sink = total;
    static_cast<void>(sink);
  });
}
