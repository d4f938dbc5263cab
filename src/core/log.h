// The logger of a run: words for people, on stderr.
#pragma once

#include <cstdio>
#include <memory>

namespace spdlog {
class logger;
}

namespace retort {

enum class LogLevel { quiet, normal, verbose };  ///< warnings and errors only; also notes; also debugging details

/// A logger that writes to `stream` (not owned). Notes come as they are; warnings and errors say so in front. On a
/// terminal a message first wipes the line, which may hold a progress bar.
std::shared_ptr<spdlog::logger> make_logger(LogLevel level = LogLevel::normal, std::FILE* stream = stderr);

/// Whether a stream is a terminal that understands cursor movements.
bool is_terminal(std::FILE* stream);

}  // namespace retort
