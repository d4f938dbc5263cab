#include "data/soft_labels/aspect_answers.h"
#include "data/soft_labels/aspect_rules.h"
#include "fuzz/fuzz_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  retort::fuzz::accept_or_refuse(data, size, [&](const retort::io::SharedBytes&) {
    const auto answers = retort::data::parse_aspect_answers(text, "fuzz");
    RT_CHECK(answers.probabilities.size() == answers.rows() * answers.questions.size(), "rows of other lengths");
    RT_CHECK(answers.rows() == answers.labels.size() + answers.names.size(), "rows without labels or names");
    // What was read in the order of a set can be written and read again.
    if (answers.names.empty())
      RT_CHECK(retort::data::parse_aspect_answers(retort::data::aspect_answers_text(answers), "again").probabilities ==
                   answers.probabilities,
               "other answers after writing");
  });
  return retort::fuzz::accept_or_refuse(
      data, size, [&](const retort::io::SharedBytes&) { retort::data::parse_class_aspects(text, "fuzz"); });
}
