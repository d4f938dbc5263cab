#include "distil/field/editing/script/steps.h"

#include <fmt/format.h>

namespace retort::field {

namespace {
struct DescribeSelection {
  std::string operator()(const QuerySelection& query) const { return query.asked; }
  std::string operator()(const FileSelection& file) const { return file.file; }
  std::string operator()(const PointingSelection& pointing) const {
    const char* const names[] = {"clicks", "a box", "a lasso", "a scribble"};
    const auto where = pointing.view.empty() ? std::string() : " in view " + pointing.view;
    return names[static_cast<size_t>(pointing.shape)] + where;
  }
};

std::string rings_text(int rings) { return fmt::format("{} ring{}", rings, rings == 1 ? "" : "s"); }

struct DescribeStep {
  std::string operator()(const SelectStep& select) const {
    const auto what = std::visit(DescribeSelection{}, select.what);
    return select.combine == "replace" ? "select " + what : fmt::format("{} {}", select.combine, what);
  }
  std::string operator()(const GrowStep& grow) const { return "grow by " + rings_text(grow.rings); }
  std::string operator()(const ShrinkStep& shrink) const { return "shrink by " + rings_text(shrink.rings); }
  std::string operator()(const FringeStep&) const { return "fringe"; }
  std::string operator()(const InvertStep&) const { return "invert"; }
  std::string operator()(const SelectAllStep&) const { return "select all"; }
  std::string operator()(const SelectNoneStep&) const { return "select none"; }
  std::string operator()(const Edit& edit) const { return edit_name(edit); }
};
}  // namespace

std::vector<std::string> choices(QueryForm) { return {"softmax", "cosine", "relevancy"}; }
std::vector<std::string> choices(QueryRule) { return {"auto", "hard", "soft", "hybrid"}; }

std::string describe(const EditStep& step) { return std::visit(DescribeStep{}, step); }

}  // namespace retort::field
