#include "io/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "core/errors.h"

namespace retort::io {

namespace {
constexpr int gzip_window = MAX_WBITS + 16;  // zlib's way to ask for gzip's wrapping
constexpr size_t gzip_step = 1 << 20;

// zlib counts in 32 bits.
uInt gzip_part(size_t bytes) { return static_cast<uInt>(std::min<size_t>(bytes, 1u << 30)); }

// What the file's end says it unpacks to, so that the content need not move as it grows. No more than a hint: it may be
// anything in a damaged file, and is less in one of several members or above 4 GiB (RFC 1952).
size_t gzip_likely_size(std::span<const uint8_t> bytes, uint64_t max_bytes) {
  constexpr size_t length_bytes = 4;
  constexpr uint64_t trusted_ratio = 8;
  if (bytes.size() < length_bytes) return 0;
  uint64_t stated = 0;
  for (const uint8_t byte : bytes.last(length_bytes)) stated = stated >> 8 | uint64_t{byte} << 24;
  return static_cast<size_t>(std::min({stated, max_bytes, trusted_ratio * bytes.size()}));
}
}  // namespace

bool looks_like_gzip(std::span<const uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

std::string gunzip(std::span<const uint8_t> bytes, const std::string& name, uint64_t max_bytes) {
  struct Inflater {
    z_stream stream{};
    ~Inflater() { inflateEnd(&stream); }
  } inflater;
  z_stream& stream = inflater.stream;
  RT_CHECK(inflateInit2(&stream, gzip_window) == Z_OK, "zlib can't start");
  std::string content;
  content.reserve(gzip_likely_size(bytes, max_bytes) + gzip_step);
  size_t consumed = 0;
  int state = Z_OK;
  while (state == Z_OK) {
    const size_t produced = content.size();
    content.resize(produced + gzip_step);
    stream.next_in = const_cast<Bytef*>(bytes.data() + consumed);
    stream.avail_in = gzip_part(bytes.size() - consumed);
    stream.next_out = reinterpret_cast<Bytef*>(content.data() + produced);
    stream.avail_out = static_cast<uInt>(gzip_step);
    const uInt offered = stream.avail_in;
    state = inflate(&stream, Z_NO_FLUSH);
    consumed += offered - stream.avail_in;
    content.resize(produced + gzip_step - stream.avail_out);
    if (content.size() > max_bytes) user_error("{}: unpacks to more than {} bytes; refused", name, max_bytes);
  }
  if (state != Z_STREAM_END) user_error("{}: its gzip stream is damaged or cut off", name);
  return content;
}

struct GzipStream::State {
  z_stream stream{};
  ~State() { deflateEnd(&stream); }

  explicit State(int level) {
    constexpr int memory_level = 8;
    RT_CHECK(deflateInit2(&stream, level, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) == Z_OK,
             "zlib can't start");
  }

  /// Packs all of `content`; `flush` goes with its last part.
  std::string pack(std::string_view content, int flush) {
    std::string packed;
    const size_t step = std::clamp<size_t>(content.size() / 2, 1 << 12, gzip_step);
    size_t consumed = 0;
    int state = Z_OK;
    do {
      const size_t produced = packed.size();
      packed.resize(produced + step);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data() + consumed));
      stream.avail_in = gzip_part(content.size() - consumed);
      stream.next_out = reinterpret_cast<Bytef*>(packed.data() + produced);
      stream.avail_out = static_cast<uInt>(step);
      const uInt offered = stream.avail_in;
      state = deflate(&stream, consumed + offered == content.size() ? flush : Z_NO_FLUSH);
      consumed += offered - stream.avail_in;
      packed.resize(produced + step - stream.avail_out);
      // Room left over says that all is out (zlib.h on Z_SYNC_FLUSH).
    } while (state == Z_OK && (flush == Z_FINISH || consumed < content.size() || stream.avail_out == 0));
    RT_CHECK(state == (flush == Z_FINISH ? Z_STREAM_END : Z_OK) || state == Z_BUF_ERROR, "zlib: state {}", state);
    return packed;
  }
};

GzipStream::GzipStream(int level) : state_(std::make_unique<State>(level)) {}
GzipStream::~GzipStream() = default;
GzipStream::GzipStream(GzipStream&&) noexcept = default;

std::string GzipStream::add(std::string_view piece) { return state_->pack(piece, Z_SYNC_FLUSH); }
std::string GzipStream::finish(std::string_view last) { return state_->pack(last, Z_FINISH); }

std::string gzip(std::string_view content) { return GzipStream(Z_DEFAULT_COMPRESSION).finish(content); }

}  // namespace retort::io
