// Another program, started without a shell and fed through its standard input.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace retort::io {

/// Where PATH holds an executable of this name; nothing when it holds none.
std::optional<std::filesystem::path> find_program(const std::string& name);

/// A running program. Its standard output is dropped and what it says on standard error is kept for messages.
class Subprocess {
 public:
  /// Starts `program` with `arguments` (argv[1...]). Fault when it can't be started.
  Subprocess(const std::filesystem::path& program, const std::vector<std::string>& arguments);
  /// Ends a program that was not waited for.
  ~Subprocess();
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  /// To its standard input; waits while the program is busy. Fault, with what it said, when it no longer reads.
  void write(std::span<const uint8_t> bytes);
  /// Closes its standard input and waits for its end. Fault, with what it said, unless it exits with 0.
  void finish();

 private:
  [[noreturn]] void fail(const std::string& what);
  int wait();

  std::string name_;
  pid_t process_ = -1;
  int input_ = -1, errors_ = -1;
};

}  // namespace retort::io
