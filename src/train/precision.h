// In which numbers networks compute.
#pragma once

#include <string>
#include <vector>

namespace retort::train {

enum class Precision { float32, bfloat16 };
inline std::vector<std::string> choices(Precision) { return {"float32", "bfloat16"}; }

/// While it lives, convolutions and products of this thread compute in bfloat16 where that is asked for (parameters,
/// norms and sums stay float32: LibTorch's autocast). Fault with a LibTorch below 2.4, which has no such switch.
class AutocastScope {
 public:
  explicit AutocastScope(Precision precision);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  bool is_on_ = false;
};

}  // namespace retort::train
