#include "io/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/errors.h"
#include "io/system_error.h"

namespace retort::io {
namespace {

constexpr size_t write_buffer_bytes = 1 << 16;

void write_descriptor(int descriptor, const char* data, size_t size, const std::filesystem::path& path) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      raise_system_error(path, "can't be written", errno);
    }
    data += written;
    size -= static_cast<size_t>(written);
  }
}

// A rename is on the disk only when its folder is.
void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // a folder one may write into but not list
  ::fsync(descriptor);         // some network file systems can't; the rename itself succeeded
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path, Uncommitted uncommitted)
    : path_(std::move(path)), partial_(path_), uncommitted_(uncommitted) {
  partial_ += ".partial";
  struct stat state {};
  if (::stat(path_.c_str(), &state) == 0 && S_ISDIR(state.st_mode))
    raise_system_error(path_, "can't be written", EISDIR);
  open_partial();
  buffer_.reserve(write_buffer_bytes);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0 && size_ > 0 && uncommitted_ == Uncommitted::kept) {
    try {
      flush();
    } catch (const std::exception&) {  // a full disk: the next writer goes on behind what did arrive
    }
    ::close(std::exchange(descriptor_, -1));
  }
  discard();
}

// The partial file has a fixed name, so that a killed run leaves no heap of them; a lock keeps two writers apart.
void AtomicFile::open_partial() {
  for (;;) {
    const int descriptor = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0) raise_system_error(path_, "can't be written", errno);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor);
      user_error("{}: another process is writing this file; wait for it or choose another name", path_.string());
    }
    // Between open and lock another writer may have renamed the file away: then ours is no longer the partial one.
    struct stat opened {
    }, named{};
    if (::fstat(descriptor, &opened) == 0 && ::stat(partial_.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
        opened.st_dev == named.st_dev) {
      descriptor_ = descriptor;
      const off_t end =
          uncommitted_ == Uncommitted::removed ? off_t{::ftruncate(descriptor_, 0)} : ::lseek(descriptor_, 0, SEEK_END);
      if (end >= 0) {
        size_ = static_cast<uint64_t>(end);
        return;
      }
      const int error_number = errno;
      discard();  // the destructor does not run when the constructor throws
      raise_system_error(path_, "can't be written", error_number);
    }
    ::close(descriptor);
  }
}

void AtomicFile::write(std::span<const uint8_t> bytes) {
  write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AtomicFile::write(std::string_view text) {
  RT_CHECK(descriptor_ >= 0, "{}: written after commit", path_.string());
  if (buffer_.size() + text.size() > write_buffer_bytes) flush();
  if (text.size() >= write_buffer_bytes) {
    write_descriptor(descriptor_, text.data(), text.size(), path_);
  } else {
    buffer_.append(text);
  }
  size_ += text.size();
}

void AtomicFile::restart() {
  RT_CHECK(descriptor_ >= 0, "{}: begun again after commit", path_.string());
  buffer_.clear();
  if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) != 0) {
    raise_system_error(path_, "can't be written", errno);
  }
  size_ = 0;
}

void AtomicFile::shorten(uint64_t size) {
  RT_CHECK(descriptor_ >= 0 && size <= size_, "{}: shortened to {} of {} bytes", path_.string(), size, size_);
  flush();
  const auto end = static_cast<off_t>(size);
  if (::ftruncate(descriptor_, end) != 0 || ::lseek(descriptor_, end, SEEK_SET) < 0) {
    raise_system_error(path_, "can't be written", errno);
  }
  size_ = size;
}

void AtomicFile::flush() {
  write_descriptor(descriptor_, buffer_.data(), buffer_.size(), path_);
  buffer_.clear();
}

void AtomicFile::commit() {
  RT_CHECK(descriptor_ >= 0, "{}: committed twice", path_.string());
  flush();
  if (::fsync(descriptor_) != 0 && errno != EINVAL) raise_system_error(path_, "can't be flushed to the disk", errno);
  // Renamed before the lock is dropped, so that no other writer can take over the partial file in between.
  if (::rename(partial_.c_str(), path_.c_str()) != 0) raise_system_error(path_, "can't be put in place", errno);
  ::close(std::exchange(descriptor_, -1));
  sync_folder_of(path_);
}

void AtomicFile::discard() noexcept {
  if (descriptor_ < 0) return;
  ::unlink(partial_.c_str());
  ::close(std::exchange(descriptor_, -1));
}

void write_whole_file(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

std::string read_whole_file(const std::filesystem::path& path, uint64_t max_bytes) {
  const int descriptor = open_for_reading(path);
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  const uint64_t size = regular_file_size(descriptor, path);
  if (size > max_bytes) {
    user_error("{}: has {} bytes; at most {} are taken for this kind of file", path.string(), size, max_bytes);
  }
  std::string content(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(descriptor, content.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) raise_system_error(path, "can't be read", errno);
    if (got == 0) break;  // shortened while we read
    done += static_cast<size_t>(got);
  }
  content.resize(done);
  return content;
}

}  // namespace retort::io
