// Fields as files for a browser to keep.
#pragma once

#include <filesystem>
#include <string>

#include "distil/field/editing/edit.h"
#include "serve/http_message.h"

namespace retort::field {

struct DownloadRequest {
  std::string format = "ply";   ///< of splat_formats()
  bool selection_only = false;  ///< else all that is alive
};

/// Writes the field in `folder`/downloads (or, where that can't be made, in the system's folder of temporary files) and
/// gives it out in pieces; the file has no name any more once it is open, so nothing stays whatever happens. The bytes
/// are those of `retort field export`. UserError for unknown formats, ones that are a folder, and an empty selection.
serve::Response field_download(const EditState& state, const std::string& name, const std::filesystem::path& folder,
                               const DownloadRequest& request);

}  // namespace retort::field
