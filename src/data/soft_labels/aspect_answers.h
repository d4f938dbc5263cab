// Files of answers to yes-or-no questions about every training picture, as a multimodal language model gives them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/sets/dataset.h"

namespace retort::data {

/// A file is one JSON object:
///   {"questions": ["Has it sleeves?", ...], "labels": [2, 0, ...], "answers": [[0.93, 0.04, ...], ...]}
/// with a row of probabilities of "yes" for each sample in the order of the set, and the samples' classes; or
///   {"questions": [...], "answers": {"boots/17.png": [0.93, 0.04, ...], ...}}
/// by the names of the picture files, with their last folder or without.
struct AspectAnswers {
  std::vector<std::string> questions = {};  ///< Q of them, all different
  std::vector<int64_t> labels = {};         ///< of the rows, in the order of the set; empty where rows have names
  std::vector<std::string> names = {};      ///< of the rows; empty where they stand in the order of the set
  std::vector<float> probabilities = {};    ///< [rows, Q], each in [0,1]

  size_t rows() const { return questions.empty() ? 0 : probabilities.size() / questions.size(); }
};

/// UserError led by `name` that says which entry is missing, of a wrong kind, length or range.
AspectAnswers parse_aspect_answers(std::string_view text, const std::string& name);
/// Of a file of at most 1 GiB.
AspectAnswers read_aspect_answers(const std::string& file);

/// The file of the first form; questions and rows as parse_aspect_answers() asks for them.
std::string aspect_answers_text(const AspectAnswers& answers);

/// The rows of `dataset`'s samples in its order: [N, Q]. UserError led by `name` where there are fewer or more rows
/// than samples, a sample has another class than its row or no row, or two samples share one. Rows of names that the
/// set does not have are left alone: it may be a part.
std::vector<float> answers_of_set(const AspectAnswers& answers, const Dataset& dataset, const std::string& name);

}  // namespace retort::data
