// Answers to questions about pictures by stated rules: what stands in where no language model was asked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/sets/dataset.h"
#include "data/soft_labels/aspect_answers.h"

namespace retort::data {

/// Answers that hold for a whole class: {"questions": ["Has it sleeves?", ...], "classes": {"coat": "yes no ...",
/// ...}}, one word, yes or no, for each question.
struct ClassAspects {
  std::vector<std::string> questions = {};
  std::vector<std::string> classes = {};
  std::vector<std::vector<bool>> yes = {};  ///< of each class, of each question
};

/// UserError led by `name` that says which entry is missing, of a wrong kind or length.
ClassAspects parse_class_aspects(std::string_view text, const std::string& name);

/// Answers for all of `dataset`: those of each sample's class, then those that picture_answers() reads from its pixels;
/// "yes" is `confidence`, "no" 1 - confidence. `aspects` may have no questions. UserError led by `name` for a class of
/// the set that it does not have.
AspectAnswers answers_by_rule(const Dataset& dataset, const ClassAspects& aspects, double confidence,
                              const std::string& name);

/// The questions about pixels, and their answers for a picture: brightness is the mean of the channels, an object what
/// is brighter than the picture's mean.
const std::vector<std::string>& picture_questions();
std::vector<bool> picture_answers(const Picture& picture);

}  // namespace retort::data
