#include "losses/distillation/shapes.h"

#include <fmt/format.h>

#include "core/errors.h"
#include "core/shape_letters.h"
#include "core/text.h"
#include "io/array.h"

namespace retort::losses {

namespace {

std::string shaped_text(const Shaped& shaped) {
  if (!shaped.tensor.defined()) return shaped.name + " missing";
  return shaped.name + " " + io::shape_text(shaped.tensor.sizes().vec());
}

bool fits(const Shaped& shaped, ShapeLetters& letters) {
  return shaped.tensor.defined() && shaped.tensor.numel() > 0 &&
         letters.hold(shaped.pattern, shaped.tensor.sizes().vec()).fits;
}

}  // namespace

void require_shapes(std::string_view who, std::initializer_list<Shaped> tensors) {
  ShapeLetters letters;
  bool all_fit = true;
  for (const auto& shaped : tensors) all_fit = fits(shaped, letters) && all_fit;
  if (all_fit) return;
  std::vector<std::string> shapes, patterns;
  for (const auto& shaped : tensors) {
    shapes.push_back(shaped_text(shaped));
    patterns.emplace_back(shaped.pattern);
  }
  user_error("{}: {}; they should be {}, none of them empty", who, join(shapes, ", "), join(patterns, ", "));
}

void require_stages(std::string_view who, const std::vector<at::Tensor>& students, const char* student_pattern,
                    const std::vector<at::Tensor>& teachers, const char* teacher_pattern, size_t least) {
  if (students.size() != teachers.size() || students.size() < least) {
    user_error("{}: {} student maps, {} teacher maps; they should be equally many and at least {}", who,
               students.size(), teachers.size(), least);
  }
  for (size_t stage = 0; stage < students.size(); ++stage) {
    require_shapes(who, {{fmt::format("student map {}", stage), students[stage], student_pattern},
                         {fmt::format("teacher map {}", stage), teachers[stage], teacher_pattern}});
  }
}

}  // namespace retort::losses
