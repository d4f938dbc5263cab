#include "data/sets/text_lists.h"

#include "core/errors.h"
#include "core/text.h"

namespace retort::data {

std::vector<std::string> read_list(const FileTree& tree, const std::string& name) {
  constexpr uint64_t max_list_bytes = 64u << 20;
  std::vector<std::string> lines;
  for (const auto& line : split(tree.read_text(name, max_list_bytes), '\n')) {
    if (std::string trimmed = trim(line); !trimmed.empty()) lines.push_back(std::move(trimmed));
  }
  if (lines.empty()) user_error("{}: is empty; a list of one entry a line is expected", tree.full_name(name));
  return lines;
}

}  // namespace retort::data
