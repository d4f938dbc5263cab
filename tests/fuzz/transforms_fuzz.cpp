#include <nlohmann/json.hpp>

#include "distil/field/scene/scene_format.h"
#include "distil/field/scene/transforms.h"
#include "fuzz/fuzz_parser.h"
#include "io/json.h"

// A text is tried as a transforms.json, and as the matrix of a pose file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  retort::fuzz::accept_or_refuse(data, size, [&](const retort::io::SharedBytes&) {
    const auto transforms = retort::field::parse_transforms(retort::io::parse_json(text, "fuzz"), "fuzz");
    for (const auto& frame : transforms.frames) retort::field::transforms_lens(frame.intrinsics, 64, 48, "fuzz");
  });
  return retort::fuzz::accept_or_refuse(
      data, size, [&](const retort::io::SharedBytes&) { retort::field::decode_matrix_text(text, 16, "fuzz"); });
}
