#include "distil/field/editing/script/script_text.h"
#include "fuzz/fuzz_parser.h"

// What is read can be written, and is read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return retort::fuzz::accept_or_refuse(data, size, [&](const retort::io::SharedBytes&) {
    const auto script =
        retort::field::parse_edit_script(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
    std::vector<retort::field::EditStep> steps;
    for (const auto& placed : script.steps) steps.push_back(placed.step);
    const auto text = retort::field::edit_script_text(steps);
    std::vector<retort::field::EditStep> again;
    try {
      for (const auto& placed : retort::field::parse_edit_script(text, "written").steps) again.push_back(placed.step);
    } catch (const retort::UserError& error) {
      RT_CHECK(false, "the written script is refused: {}", error.what());
    }
    RT_CHECK(retort::field::edit_script_text(again) == text, "the written script reads as another");
  });
}
