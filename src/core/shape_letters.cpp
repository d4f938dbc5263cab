#include "core/shape_letters.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"

namespace retort {

namespace {

/// "[N,3]" -> {"N", "3"}.
std::vector<std::string> pattern_dimensions(std::string_view pattern) {
  RT_CHECK(pattern.size() >= 2 && pattern.front() == '[' && pattern.back() == ']',
           "a shape is written [N,3] or [], not '{}'", pattern);
  const std::string inside(pattern.substr(1, pattern.size() - 2));
  return inside.empty() ? std::vector<std::string>{} : split(inside, ',');
}

bool is_dimension_number(const std::string& dimension) {
  return !dimension.empty() &&
         std::all_of(dimension.begin(), dimension.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

ShapeLetters::Answer ShapeLetters::hold(std::string_view pattern, const std::vector<int64_t>& shape) {
  std::vector<std::string> dimensions = pattern_dimensions(pattern);
  const auto rest = std::find(dimensions.begin(), dimensions.end(), "...");
  if (rest != dimensions.end()) {
    const size_t named = dimensions.size() - 1, further = shape.size() > named ? shape.size() - named : 0;
    dimensions.insert(dimensions.erase(rest), further, "...");
  }
  if (shape.size() != dimensions.size()) return {};
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const std::string& dimension = dimensions[axis];
    if (dimension == "...") continue;
    if (is_dimension_number(dimension)) {
      int64_t number = 0;
      if (!parse_integer(dimension, number) || number != shape[axis]) return {};
      continue;
    }
    const auto [letter, is_new] = numbers_.emplace(dimension, shape[axis]);
    if (letter->second != shape[axis]) {
      return {.fits = false, .bound = fmt::format("{} = {}", dimension, letter->second)};
    }
  }
  return {.fits = true, .bound = ""};
}

}  // namespace retort
