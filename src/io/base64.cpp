#include "io/base64.h"

#include <algorithm>
#include <cstdint>

namespace retort::io {

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t byte = 0; byte < 3; ++byte) group = group << 8 | (byte < count ? uint8_t(bytes[at + byte]) : 0);
    for (size_t sextet = 0; sextet < 4; ++sextet) {
      text += sextet <= count ? letters[group >> (18 - 6 * sextet) & 63] : '=';
    }
  }
  return text;
}

}  // namespace retort::io
