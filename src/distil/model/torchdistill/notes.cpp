#include "distil/model/torchdistill/notes.h"

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"

namespace retort::torchdistill {

namespace {
std::vector<Note> in_order(std::vector<Note> notes) {
  std::stable_sort(notes.begin(), notes.end(), [](const Note& a, const Note& b) { return a.line < b.line; });
  const auto same = [](const Note& a, const Note& b) {
    return a.line == b.line && a.path == b.path && a.text == b.text;
  };
  notes.erase(std::unique(notes.begin(), notes.end(), same), notes.end());
  return notes;
}
}  // namespace

std::string one_line(const std::string& text) {
  constexpr size_t longest = 160;
  std::string line = text.size() > longest ? text.substr(0, longest) + "..." : text;
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }, ' ');
  return line;
}

void Notes::fault(int line, const std::string& path, const std::string& message) {
  faults_.push_back({line, path, message});
}

void Notes::left_out(int line, const std::string& path, const std::string& reason) {
  left_out_.push_back({line, path, reason});
}

void Notes::raise() const {
  if (faults_.empty()) return;
  std::vector<std::string> lines;
  for (const auto& fault : in_order(faults_)) {
    lines.push_back(fmt::format("{}:{}: {}: {}", file_, fault.line, one_line(fault.path), one_line(fault.text)));
  }
  throw UserError(join(lines, "\n"));
}

std::vector<Note> Notes::left_out() const { return in_order(left_out_); }

}  // namespace retort::torchdistill
