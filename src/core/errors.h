// The two kinds of failure, and a collector that reports all faults of an options struct in one go.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace retort {

/// What the user gave is wrong (arguments, recipe, files). The message says what, where, and what would be right.
/// The process ends with exit code 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A fault at run time, ours or the machine's (disk full, broken promise, NaN loss). Exit code 1.
class Fault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Formats and throws a UserError.
template <class... Args>
[[noreturn]] void user_error(fmt::format_string<Args...> format, Args&&... args) {
  throw UserError(fmt::format(format, std::forward<Args>(args)...));
}

/// Formats and throws a Fault.
template <class... Args>
[[noreturn]] void fault(fmt::format_string<Args...> format, Args&&... args) {
  throw Fault(fmt::format(format, std::forward<Args>(args)...));
}

/// A broken promise of ours: throws Fault with file and line.
#define RT_CHECK(condition, ...)                                                                          \
  do {                                                                                                    \
    if (!(condition)) [[unlikely]]                                                                        \
      throw ::retort::Fault(fmt::format("{}:{}: {}", __FILE_NAME__, __LINE__, fmt::format(__VA_ARGS__))); \
  } while (false)

/// Collects what is wrong with a struct of options, so that the user hears of every fault at once.
class Problems {
 public:
  /// Notes `key: message` unless `holds`.
  void require(bool holds, std::string_view key, std::string_view message);
  /// Notes a fault unless low <= value <= high.
  void require_in(double value, double low, double high, std::string_view key);
  /// Prefixes the keys of what `scope` notes (nested options).
  void add(const Problems& nested, std::string_view prefix);

  bool empty() const { return entries_.empty(); }
  struct Entry {
    std::string key, message;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  /// Throws one UserError that lists all faults, each line led by `where`; does nothing when there are none.
  void raise(std::string_view where) const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace retort
