// Bytes as text.
#pragma once

#include <string>
#include <string_view>

namespace retort::io {

/// Any bytes as text of four letters for three, padded with '=' (RFC 4648, section 4).
std::string base64(std::string_view bytes);

}  // namespace retort::io
