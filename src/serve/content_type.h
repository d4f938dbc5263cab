// Media types by the ending of a name, and what is worth packing.
#pragma once

#include <string>
#include <string_view>

namespace retort::serve {

/// "application/octet-stream" for endings it doesn't know.
std::string content_type_of(std::string_view file_name);

/// False for what is packed already: pictures, films, archives.
bool worth_packing(std::string_view content_type);

}  // namespace retort::serve
