#include "core/recipe.h"
#include "distil/model/torchdistill/convert.h"
#include "fuzz/fuzz_parser.h"

// What is converted is a recipe that can be read again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [&](const retort::io::SharedBytes&) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto recipe = retort::torchdistill::convert_recipe(text, "fuzz", "/home/fuzz");
    try {
      retort::Recipe::parse(recipe, "converted");
    } catch (const retort::UserError& error) {
      RT_CHECK(false, "the recipe is malformed: {}", error.what());
    }
  });
}
