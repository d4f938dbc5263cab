// A map of a torchdistill file, read strictly: what nobody asked for is a fault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "distil/model/torchdistill/notes.h"
#include "distil/model/torchdistill/value.h"

namespace retort::torchdistill {

/// Scalars as Python reads them ("True", "1e-4"); nothing for others.
std::optional<double> number_of(const Value& value);
std::optional<int64_t> integer_of(const Value& value);
std::optional<bool> flag_of(const Value& value);

/// `value` as messages quote it.
std::string shown(const Value& value);

class Section {
 public:
  /// `value`, which must outlive the section, is a map or empty; anything else is a fault.
  Section(const Value& value, std::string path, Notes& notes);

  /// The value of a key, which counts as known from now on; null when it is absent or empty.
  const Value* find(const std::string& key);
  Section section(const std::string& key);

  // The fallback where the key is absent or empty; a fault, and the fallback, where it is no such thing.
  std::string text(const std::string& key, const std::string& fallback = "");
  double number(const std::string& key, double fallback);
  int64_t integer(const std::string& key, int64_t fallback);
  bool flag(const std::string& key, bool fallback);
  std::vector<double> numbers(const std::string& key);
  std::vector<std::string> texts(const std::string& key);

  // The same for keys that must be there.
  std::string required_text(const std::string& key);
  double required_number(const std::string& key);

  /// Holds a number to the only value that has a counterpart: a fault that says `why` for others.
  void require_number(const std::string& key, double fallback, double only, const std::string& why);
  void require_text(const std::string& key, const std::string& fallback, const std::string& only,
                    const std::string& why);
  void require_flag(const std::string& key, bool fallback, bool only, const std::string& why);
  /// A key that has no counterpart, unless it is empty.
  void leave_out(const std::string& key, const std::string& reason);

  void fault(const std::string& key, const std::string& message);
  /// Reports the keys that nobody asked for, with the nearest known one.
  void finish();

  int line() const { return line_; }
  int line_of(const std::string& key) const;
  const std::string& path() const { return path_; }
  std::string path_of(const std::string& key) const;
  const Value& value() const { return *value_; }
  Notes& notes() { return *notes_; }

 private:
  const Value* value_;
  int line_;  ///< of the key that leads it
  std::string path_;
  Notes* notes_;
  std::vector<std::string> known_;
};

}  // namespace retort::torchdistill
