#include "io/mapped_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "io/bytes.h"
#include "io/system_error.h"

namespace retort::io {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int descriptor = open_for_reading(path);
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  size_ = static_cast<size_t>(regular_file_size(descriptor, path));
  if (size_ == 0) return;  // an empty mapping is an error to the system
  void* data = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (data == MAP_FAILED) raise_system_error(path, "can't be mapped into memory", errno);
  data_ = static_cast<const uint8_t*>(data);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<uint8_t*>(data_), size_);
}

SharedBytes map_file(const std::filesystem::path& path) {
  auto file = std::make_shared<MappedFile>(path);
  const auto bytes = file->bytes();
  return {std::move(file), bytes};
}

SharedBytes share_bytes(std::string bytes) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  const auto view = as_bytes(*owner);
  return {std::move(owner), view};
}

}  // namespace retort::io
