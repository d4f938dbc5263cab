#include "distil/field/session/field_download.h"

#include <ATen/ATen.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <memory>

#include "core/errors.h"
#include "distil/field/gaussians/splat_binding.h"
#include "distil/field/gaussians/subset.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/system_error.h"

namespace retort::field {

namespace {
namespace fs = std::filesystem;

constexpr size_t download_piece_bytes = 1 << 20;

// A folder of its own that goes with the object.
class DownloadFolder {
 public:
  explicit DownloadFolder(const fs::path& wanted) {
    std::error_code error;
    parent_ = wanted / "downloads";
    fs::create_directory(parent_, error);
    if (error || !make(parent_)) {
      parent_.clear();
      if (!make(fs::temp_directory_path())) io::raise_system_error(path_, "can't be made", errno);
    }
  }
  ~DownloadFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    if (!parent_.empty()) fs::remove(parent_, ignored);  // stays while another download is at work
  }
  DownloadFolder(const DownloadFolder&) = delete;
  DownloadFolder& operator=(const DownloadFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  bool make(const fs::path& parent) {
    auto name = (parent / "retort-XXXXXX").string();
    path_ = name;
    if (mkdtemp(name.data()) == nullptr) return false;
    path_ = name;
    return true;
  }

  fs::path parent_, path_;
};

// The file's content piece by piece; it has lost its name by then.
std::function<std::optional<std::string>()> pieces_of(const fs::path& file) {
  auto stream = std::make_shared<std::ifstream>(file, std::ios::binary);
  if (!*stream) fault("{}: can't be read again", file.string());
  return [stream]() -> std::optional<std::string> {
    std::string piece(download_piece_bytes, '\0');
    stream->read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (stream->bad()) fault("a download's file can't be read on");  // ending here would look like its end
    piece.resize(static_cast<size_t>(stream->gcount()));
    if (piece.empty()) return std::nullopt;
    return piece;
  };
}
}  // namespace

serve::Response field_download(const EditState& state, const std::string& name, const fs::path& folder,
                               const DownloadRequest& request) {
  const auto& format = splat_format(request.format);
  const auto& ending = format.endings.front();
  if (ending.front() == '/') {
    user_error("download: '{}' is a folder of files; take sog, which is the same in one file", format.name);
  }
  if (request.selection_only && !state.selected.any().item<bool>()) user_error("download: nothing is selected");
  const auto field = request.selection_only ? subset(state.field, state.selected) : edited_field(state);
  const DownloadFolder place(folder);
  const auto file_name = (request.selection_only ? name + "-selection" : name) + ending;
  const auto file = place.path() / ("field" + ending);
  format.write(file, cloud_of(field, format.keeps_features));
  serve::Response response;
  response.content_type = "application/octet-stream";
  response.pieces = pieces_of(file);
  response.download_name = file_name;
  response.compressible = false;
  return response;
}

}  // namespace retort::field
