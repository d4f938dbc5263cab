#include "serve/outgoing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "core/errors.h"
#include "io/gzip.h"
#include "serve/content_type.h"
#include "serve/request_text.h"

namespace retort::serve {

namespace {

using Pieces = std::function<std::optional<std::string>()>;
constexpr size_t piece_bytes = 256 << 10;
constexpr size_t least_packed_bytes = 512;  // below, the head is most of it
constexpr int range_not_satisfiable = 416, not_modified = 304, partial_content = 206;

std::string_view reason_of(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 19> reasons = {
      {{200, "OK"},
       {206, "Partial Content"},
       {303, "See Other"},
       {304, "Not Modified"},
       {400, "Bad Request"},
       {401, "Unauthorized"},
       {403, "Forbidden"},
       {404, "Not Found"},
       {405, "Method Not Allowed"},
       {408, "Request Timeout"},
       {409, "Conflict"},
       {413, "Content Too Large"},
       {414, "URI Too Long"},
       {416, "Range Not Satisfiable"},
       {429, "Too Many Requests"},
       {431, "Request Header Fields Too Large"},
       {500, "Internal Server Error"},
       {501, "Not Implemented"},
       {503, "Service Unavailable"}}};
  const auto found = std::ranges::find(reasons, status, [](const auto& reason) { return reason.first; });
  return found == reasons.end() ? "Unknown" : found->second;
}

/// An open file and the part of it that goes out.
class FilePart {
 public:
  explicit FilePart(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status {};
    if (descriptor_ < 0 || fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return;
    regular_ = true;
    end_ = static_cast<uint64_t>(status.st_size);
    etag_ = fmt::format("{:x}-{:x}-{:x}{:09}", status.st_ino, status.st_size, status.st_mtim.tv_sec,
                        status.st_mtim.tv_nsec);
  }
  ~FilePart() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FilePart(const FilePart&) = delete;
  FilePart& operator=(const FilePart&) = delete;

  bool regular() const { return regular_; }
  uint64_t size() const { return end_ - begin_; }
  const std::string& etag() const { return etag_; }
  void narrow(uint64_t begin, uint64_t end) {
    begin_ = begin;
    end_ = end;
  }

  std::optional<std::string> next() {
    if (begin_ == end_) return std::nullopt;
    std::string piece(std::min<uint64_t>(piece_bytes, end_ - begin_), '\0');
    const ssize_t got = ::pread(descriptor_, piece.data(), piece.size(), static_cast<off_t>(begin_));
    if (got <= 0) fault("a file became shorter while it was sent");
    piece.resize(static_cast<size_t>(got));
    begin_ += static_cast<uint64_t>(got);
    return piece;
  }

 private:
  int descriptor_;
  bool regular_ = false;
  uint64_t begin_ = 0, end_ = 0;
  std::string etag_;
};

Pieces slices_of(std::shared_ptr<const std::string> content) {
  return [content = std::move(content), begin = size_t{0}]() mutable -> std::optional<std::string> {
    if (begin == content->size()) return std::nullopt;
    std::string piece = content->substr(begin, piece_bytes);
    begin += piece.size();
    return piece;
  };
}

Pieces packed(Pieces pieces) {
  struct Packing {
    Pieces pieces;
    io::GzipStream stream;
    bool ended = false;
  };
  return [packing = std::make_shared<Packing>(
              Packing{std::move(pieces), io::GzipStream(), false})]() -> std::optional<std::string> {
    if (packing->ended) return std::nullopt;
    if (auto piece = packing->pieces()) return packing->stream.add(*piece);
    packing->ended = true;
    return packing->stream.finish();
  };
}

/// Chunks (RFC 9112, 7.1) until the last, which is empty.
Pieces chunked(Pieces pieces) {
  return [pieces = std::move(pieces), ended = false]() mutable -> std::optional<std::string> {
    if (ended) return std::nullopt;
    while (auto piece = pieces()) {
      if (!piece->empty()) return fmt::format("{:x}\r\n{}\r\n", piece->size(), *piece);
    }
    ended = true;
    return "0\r\n\r\n";
  };
}

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  static constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[static_cast<size_t>(parts.tm_wday)], parts.tm_mday,
                     months[static_cast<size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                     parts.tm_sec);
}

/// A value can't begin a field of its own.
std::string one_line(std::string_view value) {
  std::string line(value);
  std::erase_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return line;
}

void add_field(std::string& head, std::string_view name, std::string_view value) {
  head += fmt::format("{}: {}\r\n", name, one_line(value));
}

std::string disposition(std::string_view download_name) {
  const std::string name = safe_file_name(download_name);
  std::string plain = name;
  for (char& c : plain) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '%') c = '_';
  }
  std::string value = fmt::format("attachment; filename=\"{}\"", plain);
  if (plain != name) value += "; filename*=UTF-8''" + percent_encode(name);
  return value;
}

/// The body that was chosen for a response.
struct Body {
  std::shared_ptr<const std::string> content = {};  // null: pieces
  Pieces pieces = {};
  std::optional<uint64_t> length = {};  // bytes of pieces where known
  bool gzip = false, varies = false;
};

Body choose_body(Response& response, const std::shared_ptr<FilePart>& file, bool may_pack) {
  const bool packable =
      response.compressible && worth_packing(response.content_type) && response.status != partial_content;
  Body body{.varies = packable};
  body.gzip = may_pack && packable;
  if (response.pieces) {
    body.pieces = body.gzip ? packed(std::move(response.pieces)) : std::move(response.pieces);
  } else if (file) {
    // Splats and checkpoints hardly get smaller.
    body.varies = packable && response.content_type != "application/octet-stream" && file->size() >= least_packed_bytes;
    body.gzip = body.gzip && body.varies;
    if (!body.gzip) body.length = file->size();
    Pieces pieces = [file] { return file->next(); };
    body.pieces = body.gzip ? packed(std::move(pieces)) : std::move(pieces);
  } else if (response.shared_content) {
    body.gzip = body.gzip && response.shared_gzip;
    body.content = body.gzip ? response.shared_gzip : response.shared_content;
  } else {
    body.gzip = body.gzip && response.content.size() >= least_packed_bytes;
    body.content = std::make_shared<std::string>(body.gzip ? io::gzip(response.content) : std::move(response.content));
  }
  return body;
}

void add_body_fields(std::string& head, const Response& response, const Body& body) {
  add_field(head, "Content-Type", response.content_type);
  if (body.gzip) add_field(head, "Content-Encoding", "gzip");
  if (body.varies) add_field(head, "Vary", "Accept-Encoding");
  if (!response.download_name.empty()) add_field(head, "Content-Disposition", disposition(response.download_name));
}

void add_cache_fields(std::string& head, const Response& response, bool gzip) {
  if (!response.etag.empty()) add_field(head, "ETag", fmt::format("{}\"{}\"", gzip ? "W/" : "", response.etag));
  const bool good = response.status == 200 || response.status == partial_content || response.status == not_modified;
  const char* rule = response.etag.empty() ? "no-store" : "no-cache";
  add_field(head, "Cache-Control", good && response.cacheable ? "private, max-age=31536000, immutable" : rule);
}

/// The client has this content already (RFC 9110, 13.2.2: this is asked before any range).
bool is_unchanged(const RequestHead& head, const Response& response) {
  const bool reads = head.method == "GET" || head.method == "HEAD";
  return reads && response.status == 200 && names_etag(head.field("if-none-match"), response.etag);
}

/// Narrows a file to what a Range field asks for; the value of Content-Range, or "" for the whole.
std::string apply_range(Response& response, FilePart& file, const RequestHead& head) {
  const auto asked = head.field("range"), condition = head.field("if-range");
  if (asked.empty() || head.method != "GET") return "";
  if (!condition.empty() && condition != fmt::format("\"{}\"", response.etag)) return "";
  const uint64_t size = file.size();
  const auto range = parse_range(asked, size);
  if (range.kind == RangeAnswer::Kind::whole) return "";
  if (range.kind == RangeAnswer::Kind::unsatisfiable) {
    response = error_response(range_not_satisfiable, "the file is shorter than that");
    return fmt::format("bytes */{}", size);
  }
  response.status = partial_content;
  file.narrow(range.begin, range.end);
  return fmt::format("bytes {}-{}/{}", range.begin, range.end - 1, size);
}

}  // namespace

std::string security_fields(std::string_view host, bool inert) {
  std::string policy =
      "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
      "media-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
  if (!inert) {
    policy = fmt::format(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'{}; object-src 'none'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        parse_host(host) ? fmt::format(" ws://{}", host) : "");
  }
  return fmt::format(
      "Content-Security-Policy: {}\r\n"
      "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
      "Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Embedder-Policy: require-corp\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n",
      policy);
}

Outgoing make_outgoing(Response response, const RequestHead& head, const ExtraFields& extra) {
  ExtraFields fields = extra;
  std::shared_ptr<FilePart> file;
  if (!response.file.empty()) {
    file = std::make_shared<FilePart>(response.file);
    if (file->regular()) {
      response.etag = file->etag();
      if (response.status == 200 && !is_unchanged(head, response)) {
        if (auto range = apply_range(response, *file, head); !range.empty())
          fields.emplace_back("Content-Range", range);
        fields.emplace_back("Accept-Ranges", "bytes");
      }
      if (response.file.empty()) file = nullptr;  // became an error
    } else {
      response = error_response(404, "there is no such file");
      file = nullptr;
    }
  }
  if (is_unchanged(head, response)) response.status = not_modified;
  const bool chunks = head.version >= 11;
  Outgoing outgoing{.keep_alive = head.keep_alive};
  const bool bodiless = response.status == not_modified;
  Body body = choose_body(response, file, accepts_gzip(head.field("accept-encoding")));

  outgoing.first = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  add_field(outgoing.first, "Date", date_now());
  add_cache_fields(outgoing.first, response, body.gzip);
  outgoing.first += security_fields(head.field("host"), response.inert);
  for (const auto& [name, value] : fields) add_field(outgoing.first, name, value);
  if (!bodiless) {
    add_body_fields(outgoing.first, response, body);
    if (body.content) body.length = body.content->size();
    if (body.length) {
      add_field(outgoing.first, "Content-Length", std::to_string(*body.length));
    } else if (chunks) {
      add_field(outgoing.first, "Transfer-Encoding", "chunked");
    } else {
      outgoing.keep_alive = false;  // the end of the connection is the end of the body
    }
  }
  add_field(outgoing.first, "Connection", outgoing.keep_alive ? "keep-alive" : "close");
  outgoing.first += "\r\n";
  if (bodiless || head.method == "HEAD") return outgoing;
  if (body.content && body.content->size() <= piece_bytes) {
    outgoing.first += *body.content;
  } else if (body.content) {
    outgoing.rest = slices_of(body.content);
  } else {
    outgoing.rest = body.length || !chunks ? std::move(body.pieces) : chunked(std::move(body.pieces));
  }
  return outgoing;
}

}  // namespace retort::serve
