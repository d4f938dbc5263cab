#include "data/soft_labels/aspect_answers.h"

#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/json.h"

namespace retort::data {

namespace {
constexpr uint64_t most_answer_bytes = uint64_t{1} << 30;
constexpr size_t most_questions = 10000;

const nlohmann::json& answer_entry(const nlohmann::json& json, const char* key, const std::string& name) {
  const auto found = json.find(key);
  if (found == json.end()) user_error("{}: has no '{}'", name, key);
  return *found;
}

std::vector<std::string> parsed_questions(const nlohmann::json& json, const std::string& name) {
  if (!json.is_array() || json.empty() || json.size() > most_questions)
    user_error("{}: 'questions' should be a list of 1 to {} texts", name, most_questions);
  std::vector<std::string> questions;
  std::set<std::string> met;
  for (const auto& question : json) {
    if (!question.is_string()) user_error("{}: question {} is no text", name, questions.size() + 1);
    questions.push_back(question.get<std::string>());
    if (!met.insert(questions.back()).second) user_error("{}: asks '{}' twice", name, questions.back());
  }
  return questions;
}

std::vector<int64_t> parsed_labels(const nlohmann::json& json, const std::string& name) {
  if (!json.is_array()) user_error("{}: 'labels' should be a list of class numbers", name);
  std::vector<int64_t> labels;
  for (const auto& label : json) {
    const bool whole = label.is_number_unsigned() && label.get<uint64_t>() <= uint64_t(INT32_MAX);
    if (!whole) user_error("{}: label {} is no class number", name, labels.size() + 1);
    labels.push_back(label.get<int64_t>());
  }
  return labels;
}

/// `whose` leads behind the name: "the answers of 'a.png'".
void add_row(const nlohmann::json& row, const std::string& name, const std::string& whose, AspectAnswers& answers) {
  const size_t questions = answers.questions.size();
  if (!row.is_array() || row.size() != questions)
    user_error("{}: {} should be a list of {} numbers, one for each question", name, whose, questions);
  for (const auto& value : row) {
    const double probability = value.is_number() ? value.get<double>() : -1;
    // Refuses NaN as well.
    if (!(probability >= 0 && probability <= 1))
      user_error("{}: {} hold {}; probabilities of 'yes' from 0 to 1 would be right", name, whose,
                 value.is_number() ? value.dump() : value.type_name());
    answers.probabilities.push_back(static_cast<float>(probability));
  }
}

/// The names by which a sample's row may be called, most special first.
std::vector<std::string> possible_names(const std::string& sample) {
  const std::filesystem::path path(sample);
  std::vector<std::string> names;
  if (path.has_parent_path()) names.push_back((path.parent_path().filename() / path.filename()).generic_string());
  names.push_back(path.filename().generic_string());
  return names;
}

std::vector<float> rows_in_order(const AspectAnswers& answers, const Dataset& dataset, const std::string& name) {
  if (answers.labels.size() != size_t(dataset.size()))
    user_error("{}: answers for {} samples, the training set has {}; make the file for the same data options", name,
               answers.labels.size(), dataset.size());
  for (int64_t i = 0; i < dataset.size(); ++i)
    if (answers.labels[size_t(i)] != dataset.label(i))
      user_error("{}: its row {} is of class {}, {} of class {}; the file is of another set, or in another order", name,
                 i + 1, answers.labels[size_t(i)], dataset.sample_name(i), dataset.label(i));
  return answers.probabilities;
}

std::vector<float> rows_by_name(const AspectAnswers& answers, const Dataset& dataset, const std::string& name) {
  std::map<std::string, size_t> row_of;
  for (size_t row = 0; row < answers.names.size(); ++row) row_of.emplace(answers.names[row], row);
  std::vector<bool> taken(answers.names.size());
  const size_t questions = answers.questions.size();
  std::vector<float> rows;
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const auto names = possible_names(dataset.sample_name(i));
    auto found = row_of.end();
    for (const auto& possible : names)
      if (found == row_of.end()) found = row_of.find(possible);
    if (found == row_of.end())
      user_error("{}: has no answers for {}; '{}' would name them", name, dataset.sample_name(i), names.front());
    if (taken[found->second])
      user_error("{}: '{}' could be {} or another sample; write '{}'", name, found->first, dataset.sample_name(i),
                 names.front());
    taken[found->second] = true;
    const auto begin = answers.probabilities.begin() + ptrdiff_t(found->second * questions);
    rows.insert(rows.end(), begin, begin + ptrdiff_t(questions));
  }
  return rows;
}
}  // namespace

AspectAnswers parse_aspect_answers(std::string_view text, const std::string& name) {
  const auto json = io::parse_json(text, name);
  if (!json.is_object()) user_error("{}: is no JSON object with 'questions' and 'answers'", name);
  for (const auto& [key, value] : json.items())
    if (key != "questions" && key != "answers" && key != "labels")
      user_error("{}: '{}' means nothing here; known: questions, labels, answers", name, key);
  AspectAnswers answers{.questions = parsed_questions(answer_entry(json, "questions", name), name)};
  const auto& rows = answer_entry(json, "answers", name);
  if (rows.is_object()) {
    if (json.contains("labels")) user_error("{}: 'labels' belong to answers in the order of the set", name);
    for (const auto& [sample, row] : rows.items()) {
      answers.names.push_back(sample);
      add_row(row, name, fmt::format("the answers of '{}'", sample), answers);
    }
  } else if (rows.is_array()) {
    answers.labels = parsed_labels(answer_entry(json, "labels", name), name);
    if (answers.labels.size() != rows.size())
      user_error("{}: {} labels for the answers of {} samples", name, answers.labels.size(), rows.size());
    size_t number = 0;
    for (const auto& row : rows) add_row(row, name, fmt::format("the answers of row {}", ++number), answers);
  } else {
    user_error("{}: 'answers' should be a list in the order of the set, or an object by names of pictures", name);
  }
  if (answers.rows() == 0) user_error("{}: answers for no sample", name);
  return answers;
}

AspectAnswers read_aspect_answers(const std::string& file) {
  return parse_aspect_answers(io::read_whole_file(file, most_answer_bytes), file);
}

std::string aspect_answers_text(const AspectAnswers& answers) {
  std::string text = fmt::format("{{\"questions\": {},\n\"labels\": {},\n\"answers\": [",
                                 nlohmann::json(answers.questions).dump(), nlohmann::json(answers.labels).dump());
  const size_t questions = answers.questions.size();
  for (size_t row = 0; row < answers.rows(); ++row) {
    text += row == 0 ? "\n[" : ",\n[";
    for (size_t i = 0; i < questions; ++i)
      text += fmt::format("{}{}", i == 0 ? "" : ", ", answers.probabilities[row * questions + i]);
    text += "]";
  }
  return text + "\n]}\n";
}

std::vector<float> answers_of_set(const AspectAnswers& answers, const Dataset& dataset, const std::string& name) {
  return answers.names.empty() ? rows_in_order(answers, dataset, name) : rows_by_name(answers, dataset, name);
}

}  // namespace retort::data
