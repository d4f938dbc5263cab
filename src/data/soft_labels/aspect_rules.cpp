#include "data/soft_labels/aspect_rules.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "core/errors.h"
#include "core/text.h"
#include "io/json.h"

namespace retort::data {

namespace {
constexpr size_t most_class_questions = 1000;

/// Mean of the channels of each pixel.
std::vector<double> brightness(const Picture& picture) {
  std::vector<double> grey(picture.plane());
  for (int c = 0; c < picture.channels; ++c) {
    const uint8_t* plane = picture.row(c, 0);
    for (size_t i = 0; i < grey.size(); ++i) grey[i] += double(plane[i]) / picture.channels;
  }
  return grey;
}

struct BrightBox {
  int left = 0, top = 0, right = 0, bottom = 0;  ///< inclusive
};

BrightBox box_of_bright_pixels(const std::vector<double>& grey, int width, int height, double mean) {
  BrightBox box{.left = width - 1, .top = height - 1, .right = 0, .bottom = 0};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      if (grey[size_t(y) * size_t(width) + size_t(x)] <= mean) continue;
      box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x), std::max(box.bottom, y)};
    }
  return box;
}

std::vector<bool> parsed_words(const std::string& words, size_t questions, const std::string& name,
                               const std::string& of) {
  std::vector<bool> yes;
  for (const auto& word : split(words, ' ')) {
    if (word != "yes" && word != "no") user_error("{}: '{}' of '{}' is neither yes nor no", name, word, of);
    yes.push_back(word == "yes");
  }
  if (yes.size() != questions) user_error("{}: {} answers of '{}' to {} questions", name, yes.size(), of, questions);
  return yes;
}
}  // namespace

ClassAspects parse_class_aspects(std::string_view text, const std::string& name) {
  const auto json = io::parse_json(text, name);
  if (!json.is_object() || json.size() != 2 || !json.contains("questions") || !json.contains("classes"))
    user_error("{}: is no JSON object of 'questions' and 'classes' alone", name);
  const auto &questions = json["questions"], &classes = json["classes"];
  if (!questions.is_array() || questions.empty() || questions.size() > most_class_questions)
    user_error("{}: 'questions' should be a list of 1 to {} texts", name, most_class_questions);
  if (!classes.is_object() || classes.empty())
    user_error("{}: 'classes' should give each class its answers, as \"yes no yes\"", name);
  ClassAspects aspects;
  std::set<std::string> met;
  for (const auto& question : questions) {
    if (!question.is_string()) user_error("{}: question {} is no text", name, aspects.questions.size() + 1);
    aspects.questions.push_back(question.get<std::string>());
    if (!met.insert(aspects.questions.back()).second) user_error("{}: asks '{}' twice", name, aspects.questions.back());
  }
  for (const auto& [of, words] : classes.items()) {
    if (!words.is_string()) user_error("{}: the answers of '{}' are no text of yes and no", name, of);
    aspects.classes.push_back(of);
    aspects.yes.push_back(parsed_words(words.get<std::string>(), aspects.questions.size(), name, of));
  }
  return aspects;
}

AspectAnswers answers_by_rule(const Dataset& dataset, const ClassAspects& aspects, double confidence,
                              const std::string& name) {
  std::vector<const std::vector<bool>*> of_class;
  for (const auto& wanted : dataset.class_names()) {
    if (aspects.questions.empty()) break;
    const auto found = std::find(aspects.classes.begin(), aspects.classes.end(), wanted);
    if (found == aspects.classes.end())
      user_error("{}: has no class '{}'{}", name, wanted, did_you_mean(wanted, aspects.classes));
    of_class.push_back(&aspects.yes[size_t(found - aspects.classes.begin())]);
  }
  AspectAnswers answers{.questions = aspects.questions};
  const auto& pixels = picture_questions();
  for (const auto& question : pixels) {
    if (std::find(answers.questions.begin(), answers.questions.end(), question) != answers.questions.end())
      user_error("{}: '{}' is answered from the pixels; leave it out", name, question);
    answers.questions.push_back(question);
  }
  const auto add = [&](const std::vector<bool>& yes) {
    for (const bool one : yes) answers.probabilities.push_back(float(one ? confidence : 1 - confidence));
  };
  for (int64_t i = 0; i < dataset.size(); ++i) {
    answers.labels.push_back(dataset.label(i));
    if (!of_class.empty()) add(*of_class[size_t(dataset.label(i))]);
    add(picture_answers(dataset.sample(i).image));
  }
  return answers;
}

const std::vector<std::string>& picture_questions() {
  static const std::vector<std::string> questions = {
      "Is the object wider than tall?", "Is the object's centre darker than the object?",
      "Is the picture much the same in a mirror?", "Does the object fill more than half of the picture?"};
  return questions;
}

std::vector<bool> picture_answers(const Picture& picture) {
  RT_CHECK(!picture.empty(), "a picture without pixels has no aspects");
  constexpr double same_in_mirror = 0.15;  // of the mean brightness
  const auto grey = brightness(picture);
  const int width = picture.width, height = picture.height;
  const auto at = [&](int x, int y) { return grey[size_t(y) * size_t(width) + size_t(x)]; };
  const double mean = std::accumulate(grey.begin(), grey.end(), 0.0) / double(grey.size());
  double bright = 0, bright_pixels = 0, mirror = 0, centre = 0, centre_pixels = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      if (at(x, y) > mean) {
        bright += at(x, y);
        ++bright_pixels;
      }
      mirror += std::abs(at(x, y) - at(width - 1 - x, y));
      const bool inside = 3 * x >= width && 3 * x < 2 * width && 3 * y >= height && 3 * y < 2 * height;
      if (inside) {
        centre += at(x, y);
        ++centre_pixels;
      }
    }
  const auto box = box_of_bright_pixels(grey, width, height, mean);
  return {box.right - box.left > box.bottom - box.top,
          centre_pixels > 0 && bright_pixels > 0 &&
              centre / centre_pixels<bright / bright_pixels, mirror <= same_in_mirror * mean* double(grey.size()),
                                     2 * bright_pixels> double(grey.size())};
}

}  // namespace retort::data
