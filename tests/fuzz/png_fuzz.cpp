#include "fuzz/image_target.h"
#include "io/png.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::decode_small_image({data, size}, retort::io::looks_like_png);
}
