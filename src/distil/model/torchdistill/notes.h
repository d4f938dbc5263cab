// What a conversion has to say: faults, all of them at once, and what was not carried over.
#pragma once

#include <string>
#include <vector>

namespace retort::torchdistill {

struct Note {
  int line = 0;
  std::string path;  ///< "train.stage1.teacher.wrapper"
  std::string text;
};

class Notes {
 public:
  explicit Notes(std::string file) : file_(std::move(file)) {}

  void fault(int line, const std::string& path, const std::string& message);
  /// A line that has no counterpart and does not change the result, and why.
  void left_out(int line, const std::string& path, const std::string& reason);

  /// Throws one UserError that lists all faults in the order of the file; does nothing when there are none.
  void raise() const;
  /// In the order of the file, each but once.
  std::vector<Note> left_out() const;
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::vector<Note> faults_, left_out_;
};

/// `text` on one line and not endless: control characters become blanks, what is beyond 160 bytes is cut.
std::string one_line(const std::string& text);

}  // namespace retort::torchdistill
