#include "serve/content_type.h"

#include <array>
#include <utility>

namespace retort::serve {

std::string content_type_of(std::string_view file_name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 25> types = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".jsonl", "text/plain; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".log", "text/plain; charset=utf-8"},
      {".md", "text/plain; charset=utf-8"},
      {".csv", "text/plain; charset=utf-8"},
      {".yaml", "text/plain; charset=utf-8"},
      {".yml", "text/plain; charset=utf-8"},
      {".wasm", "application/wasm"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".mp4", "video/mp4"},
      {".woff2", "font/woff2"},
      {".zip", "application/zip"},
      {".gz", "application/gzip"},
      {".glb", "model/gltf-binary"},
  }};
  for (const auto& [ending, type] : types) {
    if (file_name.ends_with(ending)) return std::string(type);
  }
  return "application/octet-stream";
}

bool worth_packing(std::string_view content_type) {
  if (content_type.starts_with("image/svg")) return true;
  for (const std::string_view packed : {"image/", "video/", "font/woff2", "application/zip", "application/gzip"}) {
    if (content_type.starts_with(packed)) return false;
  }
  return true;
}

}  // namespace retort::serve
