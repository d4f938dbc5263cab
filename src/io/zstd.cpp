#include "io/zstd.h"

#include <zstd.h>

#include <algorithm>
#include <memory>

#include "core/errors.h"

namespace retort::io {

namespace {
constexpr size_t zstd_step = 1 << 20;
constexpr int zstd_level = 12;        // tighter ones take many times as long for a percent or two
constexpr int zstd_window_most = 27;  // log2 of the memory that unpacking may ask for
}  // namespace

std::string unpack_zstd(std::span<const uint8_t> bytes, const std::string& name, uint64_t size) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
  RT_CHECK(context != nullptr, "libzstd can't start");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, zstd_window_most);
  std::string content;
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  size_t wanted = 1;  // 0: the frame is complete
  while (wanted != 0) {
    const size_t produced = content.size();
    content.resize(produced + std::min<uint64_t>(zstd_step, size - produced + 1));
    ZSTD_outBuffer out{content.data() + produced, content.size() - produced, 0};
    const size_t consumed = in.pos;
    wanted = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(wanted)) user_error("{}: damaged Zstandard data: {}", name, ZSTD_getErrorName(wanted));
    content.resize(produced + out.pos);
    if (content.size() > size) user_error("{}: Zstandard data unpacks to more than {} bytes", name, size);
    if (wanted != 0 && out.pos == 0 && in.pos == consumed) user_error("{}: Zstandard data is cut off", name);
  }
  if (content.size() != size || in.pos != in.size) {
    user_error("{}: Zstandard data unpacks to {} bytes of {}, with {} bytes behind it", name, content.size(), size,
               in.size - in.pos);
  }
  return content;
}

std::string pack_zstd(std::string_view content) {
  std::string packed(ZSTD_compressBound(content.size()), '\0');
  const size_t size = ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), zstd_level);
  RT_CHECK(!ZSTD_isError(size), "libzstd: {}", ZSTD_getErrorName(size));
  packed.resize(size);
  return packed;
}

}  // namespace retort::io
