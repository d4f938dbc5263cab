// Shapes held to patterns such as "[B,C,H,W]", in which a letter stands for the same number everywhere.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace retort {

/// Remembers what each letter stood for. A pattern is "[]" or a list in brackets of numbers, names ("B") and at most
/// one
/// "...", which stands for any further dimensions.
class ShapeLetters {
 public:
  struct Answer {
    bool fits = false;
    std::string bound;  ///< "B = 4": the earlier number that speaks against the shape, else empty
  };
  /// Whether `shape` is as the pattern says; letters that are new take their number from it. Fault when the pattern is
  /// no pattern.
  Answer hold(std::string_view pattern, const std::vector<int64_t>& shape);

 private:
  std::map<std::string, int64_t> numbers_;
};

}  // namespace retort
