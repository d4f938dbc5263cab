#include "serve/assets.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <system_error>

#include "core/errors.h"
#include "core/text.h"
#include "io/gzip.h"
#include "io/mapped_file.h"
#include "io/sha256.h"
#include "serve/content_type.h"

namespace retort::serve {

Assets::Assets(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  constexpr uint64_t most_bytes = 64 << 20;
  std::error_code error;
  uint64_t total = 0;
  for (auto entry = fs::recursive_directory_iterator(folder, error); !error && entry != fs::end(entry);
       entry.increment(error)) {
    if (entry->is_symlink() || !entry->is_regular_file()) continue;
    const io::MappedFile file(entry->path());
    total += file.bytes().size();
    if (total > most_bytes) user_error("{}: holds more than {}; is it the page's folder?", folder.string(), "64 MB");
    const std::string name = entry->path().lexically_relative(folder).generic_string();
    Response response;
    response.content_type = content_type_of(name);
    auto content = std::make_shared<std::string>(file.bytes().begin(), file.bytes().end());
    response.etag = io::sha256_hex(*content).substr(0, 32);
    if (worth_packing(response.content_type)) {
      auto packed = std::make_shared<std::string>(io::gzip(*content));
      if (packed->size() < content->size()) response.shared_gzip = std::move(packed);
    }
    response.shared_content = std::move(content);
    response.compressible = response.shared_gzip != nullptr;
    response.cacheable = name_carries_hash(entry->path().filename().string());
    files_.emplace(name, std::move(response));
  }
  if (error) user_error("{}: can't be read as the page's folder: {}", folder.string(), error.message());
  if (!files_.contains("index.html")) user_error("{}: no index.html, so it isn't the page's folder", folder.string());
}

std::optional<Response> Assets::find(const Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  const auto found = files_.find(request.path.empty() ? "index.html" : join(request.path, "/"));
  return found == files_.end() ? std::nullopt : std::optional(found->second);
}

bool name_carries_hash(const std::string& file_name) {
  const size_t ending = file_name.rfind('.');
  if (ending == std::string::npos || ending == 0) return false;
  const size_t begin = file_name.find_last_of("-.", ending - 1);
  if (begin == std::string::npos) return false;
  const std::string_view part = std::string_view(file_name).substr(begin + 1, ending - begin - 1);
  const auto is_word = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  return part.size() >= 8 && std::ranges::all_of(part, is_word) &&
         std::ranges::any_of(part, [](unsigned char c) { return std::isdigit(c); });
}

}  // namespace retort::serve
