#include "distil/field/scene/colmap.h"
#include "fuzz/fuzz_parser.h"

// The first byte chooses the file: cameras, images or points3D.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  return retort::fuzz::accept_or_refuse(data + 1, size - 1, [&](const retort::io::SharedBytes& file) {
    constexpr bool text = false;
    if (data[0] % 3 == 0) retort::field::decode_colmap_cameras(file.bytes, "fuzz", text);
    if (data[0] % 3 == 1) retort::field::decode_colmap_images(file.bytes, "fuzz", text);
    if (data[0] % 3 == 2) retort::field::decode_colmap_points(file.bytes, "fuzz", text);
  });
}
