#include "train/optimiser_parts.h"

#include <algorithm>

#include "core/text.h"

namespace retort::train {

namespace {
OptimiserPart parse_optimiser_part(const std::string& text) {
  const auto pieces = split(text, ':');
  OptimiserPart part;
  const auto is_factor = [](const std::string& piece, double& factor) {
    return parse_number(piece, factor) && factor >= 0;
  };
  const bool is_right = (pieces.size() == 2 || pieces.size() == 3) && !pieces[0].empty() &&
                        is_factor(pieces[1], part.rate_factor) &&
                        (pieces.size() == 2 || is_factor(pieces[2], part.decay_factor));
  if (!is_right)
    user_error(
        "'{}' is no part; 'student.layer1:0.1' (name:factor) or 'student.layer1:0.1:0' (name:factor:decay "
        "factor) would be right, with factors of 0 or more",
        text);
  part.name = pieces[0];
  return part;
}

bool leads_range(const std::string& part, const std::string& range) {
  return range.starts_with(part) && (range.size() == part.size() || range[part.size()] == '.');
}

/// "student.conv1" of "student.conv1.weight": the set and the first component in it.
std::vector<std::string> first_level_names(const std::vector<ParameterBuffer::Range>& ranges) {
  std::vector<std::string> names;
  for (const auto& range : ranges) {
    const auto components = split(range.name, '.');
    auto name = components.size() < 2 ? range.name : components[0] + "." + components[1];
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}
}  // namespace

std::vector<OptimiserPart> parse_optimiser_parts(const std::vector<std::string>& texts) {
  std::vector<OptimiserPart> parts;
  for (const auto& text : texts) {
    auto part = parse_optimiser_part(text);
    if (std::any_of(parts.begin(), parts.end(), [&](const auto& other) { return other.name == part.name; }))
      user_error("'{}' comes twice; one of the two must go", part.name);
    parts.push_back(std::move(part));
  }
  return parts;
}

void check_optimiser_parts(const std::vector<std::string>& texts, Problems& problems) {
  try {
    parse_optimiser_parts(texts);
  } catch (const UserError& error) {
    problems.require(false, "parts", error.what());
  }
}

std::vector<const OptimiserPart*> match_optimiser_parts(const std::vector<OptimiserPart>& parts,
                                                        const std::vector<ParameterBuffer::Range>& ranges) {
  std::vector<const OptimiserPart*> matches(ranges.size(), nullptr);
  for (const auto& part : parts) {
    bool leads_any = false;
    for (size_t i = 0; i < ranges.size(); ++i) {
      if (!leads_range(part.name, ranges[i].name)) continue;
      leads_any = true;
      if (matches[i] == nullptr || matches[i]->name.size() < part.name.size()) matches[i] = &part;
    }
    if (!leads_any)
      user_error("optimiser.parts: '{}' leads no parameter of this job; those begin with {}", part.name,
                 join(first_level_names(ranges), ", "));
  }
  return matches;
}

}  // namespace retort::train
