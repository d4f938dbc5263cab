#include "distil/model/torchdistill/section.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.h"

namespace retort::torchdistill {

namespace {
const Value& empty_value() {
  static const Value value;
  return value;
}

bool is_plain_scalar(const Value& value) { return value.kind == Value::Kind::scalar && value.tag.empty(); }
}  // namespace

std::optional<double> number_of(const Value& value) {
  double number = 0;
  if (!is_plain_scalar(value) || !parse_number(value.text, number)) return std::nullopt;
  return number;
}

std::optional<int64_t> integer_of(const Value& value) {
  int64_t number = 0;
  if (!is_plain_scalar(value) || !parse_integer(value.text, number)) return std::nullopt;
  return number;
}

std::optional<bool> flag_of(const Value& value) {
  if (!is_plain_scalar(value)) return std::nullopt;
  for (const char* word : {"True", "true", "TRUE", "yes", "Yes", "on", "On"}) {
    if (value.text == word) return true;
  }
  for (const char* word : {"False", "false", "FALSE", "no", "No", "off", "Off"}) {
    if (value.text == word) return false;
  }
  return std::nullopt;
}

std::string shown(const Value& value) {
  const auto tag = value.tag.empty() ? "" : value.tag + " ";
  if (value.is_null()) return "(empty)";
  if (value.kind == Value::Kind::scalar) return tag + one_line(value.text);
  return tag + (value.kind == Value::Kind::map ? "{...}" : "[...]");
}

Section::Section(const Value& value, std::string path, Notes& notes)
    : value_(&value), line_(value.line), path_(std::move(path)), notes_(&notes) {
  if (value.kind == Value::Kind::map || value.is_null()) return;
  notes.fault(value.line, path_, fmt::format("'{}' where a map of keys is expected", shown(value)));
  value_ = &empty_value();
}

const Value* Section::find(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  for (const auto& entry : value_->entries) {
    if (entry.key == key) return entry.value.is_null() ? nullptr : &entry.value;
  }
  return nullptr;
}

Section Section::section(const std::string& key) {
  const Value* found = find(key);
  Section below(found ? *found : empty_value(), path_of(key), *notes_);
  below.line_ = line_of(key);
  return below;
}

std::string Section::path_of(const std::string& key) const {
  if (key.empty()) return path_;
  return path_.empty() ? key : path_ + "." + key;
}

int Section::line_of(const std::string& key) const {
  for (const auto& entry : value_->entries) {
    if (entry.key == key) return entry.line;
  }
  return line_;
}

void Section::fault(const std::string& key, const std::string& message) {
  notes_->fault(line_of(key), path_of(key), message);
}

std::string Section::text(const std::string& key, const std::string& fallback) {
  const Value* found = find(key);
  if (!found) return fallback;
  if (is_plain_scalar(*found)) return found->text;
  fault(key, fmt::format("'{}' where a text is expected", shown(*found)));
  return fallback;
}

double Section::number(const std::string& key, double fallback) {
  const Value* found = find(key);
  if (!found) return fallback;
  if (const auto number = number_of(*found)) return *number;
  fault(key, fmt::format("'{}' is not a number", shown(*found)));
  return fallback;
}

int64_t Section::integer(const std::string& key, int64_t fallback) {
  const Value* found = find(key);
  if (!found) return fallback;
  if (const auto number = integer_of(*found)) return *number;
  fault(key, fmt::format("'{}' is not a whole number", shown(*found)));
  return fallback;
}

bool Section::flag(const std::string& key, bool fallback) {
  const Value* found = find(key);
  if (!found) return fallback;
  if (const auto flag = flag_of(*found)) return *flag;
  fault(key, fmt::format("'{}' is neither True nor False", shown(*found)));
  return fallback;
}

std::vector<double> Section::numbers(const std::string& key) {
  std::vector<double> numbers;
  const Value* found = find(key);
  if (!found) return numbers;
  if (found->kind != Value::Kind::list) fault(key, fmt::format("'{}' where a list is expected", shown(*found)));
  for (const auto& item : found->items) {
    if (const auto number = number_of(item)) {
      numbers.push_back(*number);
    } else {
      fault(key, fmt::format("'{}' is not a number", shown(item)));
    }
  }
  return numbers;
}

std::vector<std::string> Section::texts(const std::string& key) {
  std::vector<std::string> texts;
  const Value* found = find(key);
  if (!found) return texts;
  if (found->kind != Value::Kind::list) fault(key, fmt::format("'{}' where a list is expected", shown(*found)));
  for (const auto& item : found->items) {
    if (is_plain_scalar(item)) {
      texts.push_back(item.text);
    } else {
      fault(key, fmt::format("'{}' where a text is expected", shown(item)));
    }
  }
  return texts;
}

std::string Section::required_text(const std::string& key) {
  if (!find(key)) fault(key, "is missing");
  return text(key);
}

double Section::required_number(const std::string& key) {
  if (!find(key)) fault(key, "is missing");
  return number(key, 0);
}

void Section::require_number(const std::string& key, double fallback, double only, const std::string& why) {
  const double given = number(key, fallback);
  if (given != only) fault(key, fmt::format("{} has no counterpart, {} has: {}", given, only, why));
}

void Section::require_text(const std::string& key, const std::string& fallback, const std::string& only,
                           const std::string& why) {
  const auto given = text(key, fallback);
  if (given != only) fault(key, fmt::format("'{}' has no counterpart, '{}' has: {}", given, only, why));
}

void Section::require_flag(const std::string& key, bool fallback, bool only, const std::string& why) {
  const auto word = [](bool flag) { return flag ? "True" : "False"; };
  const bool given = flag(key, fallback);
  if (given != only) fault(key, fmt::format("{} has no counterpart, {} has: {}", word(given), word(only), why));
}

void Section::leave_out(const std::string& key, const std::string& reason) {
  if (find(key)) notes_->left_out(line_of(key), path_of(key), reason);
}

void Section::finish() {
  for (const auto& entry : value_->entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) == known_.end()) {
      notes_->fault(entry.line, path_of(entry.key), "unknown key" + did_you_mean(entry.key, known_));
    }
  }
}

}  // namespace retort::torchdistill
