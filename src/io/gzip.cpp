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

std::string gzip(std::string_view content) {
  struct Deflater {
    z_stream stream{};
    ~Deflater() { deflateEnd(&stream); }
  } deflater;
  z_stream& stream = deflater.stream;
  constexpr int memory_level = 8;
  RT_CHECK(
      deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) == Z_OK,
      "zlib can't start");
  std::string packed;
  size_t consumed = 0;
  int state = Z_OK;
  while (state == Z_OK) {
    const size_t produced = packed.size();
    packed.resize(produced + gzip_step);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data() + consumed));
    stream.avail_in = gzip_part(content.size() - consumed);
    stream.next_out = reinterpret_cast<Bytef*>(packed.data() + produced);
    stream.avail_out = static_cast<uInt>(gzip_step);
    const uInt offered = stream.avail_in;
    state = deflate(&stream, consumed + offered == content.size() ? Z_FINISH : Z_NO_FLUSH);
    consumed += offered - stream.avail_in;
    packed.resize(produced + gzip_step - stream.avail_out);
  }
  RT_CHECK(state == Z_STREAM_END, "zlib: state {}", state);
  return packed;
}

}  // namespace retort::io
