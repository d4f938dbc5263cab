#include "io/system_error.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "core/errors.h"

namespace retort::io {
namespace {

// What the user can mend, or nullptr where the machine has to be mended.
const char* remedy_for(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "check the path; its folder must exist";
    case ENOTDIR:
      return "a part of the path is a file, not a folder";
    case EISDIR:
      return "a folder stands there; name a file";
    case EACCES:
    case EPERM:
      return "give yourself permission or choose another place";
    case EROFS:
      return "the file system is read-only; choose another place";
    case ENAMETOOLONG:
      return "choose a shorter name";
    case ELOOP:
      return "a symbolic link stands in the way; name the file itself";
    default:
      return nullptr;
  }
}

}  // namespace

void raise_system_error(const std::filesystem::path& path, const char* what, int error_number) {
  const std::string reason = std::generic_category().message(error_number);
  if (const char* remedy = remedy_for(error_number)) user_error("{}: {}: {}; {}", path.string(), what, reason, remedy);
  fault("{}: {}: {}", path.string(), what, reason);
}

int open_for_reading(const std::filesystem::path& path) {
  // Without O_NONBLOCK the opening of a pipe would wait for its writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) raise_system_error(path, "can't be opened", errno);
  return descriptor;
}

uint64_t regular_file_size(int descriptor, const std::filesystem::path& path) {
  struct stat state {};
  if (::fstat(descriptor, &state) != 0) raise_system_error(path, "can't be examined", errno);
  if (S_ISDIR(state.st_mode)) raise_system_error(path, "can't be read", EISDIR);
  if (!S_ISREG(state.st_mode)) user_error("{}: is a pipe or device; a regular file is needed", path.string());
  return static_cast<uint64_t>(state.st_size);
}

}  // namespace retort::io
