// Small things about words: suggestions, human units, splitting.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retort {

/// The candidate nearest to `word` by edit distance, or "" when none is near enough to be a likely slip.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// "; did you mean 'x'?" or "" (see nearest_word).
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string trim(std::string_view text);

/// Whole-text number parsing; false when `text` is not exactly one finite number.
bool parse_number(std::string_view text, double& value);
bool parse_integer(std::string_view text, int64_t& value);

/// 1536 -> "1.5 KB"; decimal units.
std::string human_bytes(double bytes);
/// 3725 -> "1 h 02 min"; 75 -> "1 min 15 s"; 2.5 -> "2.5 s".
std::string human_seconds(double seconds);

}  // namespace retort
