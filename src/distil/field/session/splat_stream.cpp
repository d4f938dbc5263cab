#include "distil/field/session/splat_stream.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "distil/field/splat/morton.h"
#include "distil/field/splat_files/packing.h"
#include "io/bytes.h"
#include "metrics/unit_vectors.h"

namespace retort::field {

namespace {
constexpr int64_t neighbourhood = 16;
constexpr double largest_half = 65504, smallest_scale = 6e-8;  // of half floats: a scale of 0 would be no splat

// 0 .. count - 1 sorted by their bits read backwards.
std::vector<int64_t> bit_reversed_order(int64_t count) {
  std::vector<int64_t> order;
  order.reserve(count);
  const int bits = count > 1 ? std::bit_width(static_cast<uint64_t>(count - 1)) : 0;
  for (uint64_t place = 0; place < uint64_t{1} << bits; ++place) {
    uint64_t reversed = 0;
    for (int bit = 0; bit < bits; ++bit) reversed |= (place >> bit & 1) << (bits - 1 - bit);
    if (reversed < static_cast<uint64_t>(count)) order.push_back(static_cast<int64_t>(reversed));
  }
  return order;
}

// Opacity times the area of the splat's larger side.
at::Tensor visibility(const splat::SplatParameters& splats) {
  const auto scales = std::get<0>(splats.log_scales.sort(1, true));
  const auto area = (scales.select(1, 0) + scales.select(1, 1)).exp();
  return at::nan_to_num(splats.opacity_logits.sigmoid() * area, 0.0, 1e30, 0.0).contiguous();
}

at::Tensor rows_of(const at::Tensor& tensor, const at::Tensor& rows) { return tensor.index_select(0, rows); }

void append_array(io::ByteWriter& out, const at::Tensor& values) {
  const auto whole = values.contiguous();
  out.write_text({static_cast<const char*>(whole.data_ptr()), static_cast<size_t>(whole.nbytes())});
  out.pad((4 - whole.nbytes() % 4) % 4, '\0');
}

at::Tensor to_bytes(const at::Tensor& units, double steps, at::ScalarType type) {
  return at::nan_to_num(units * steps, 0.0).round().clamp(type == at::kChar ? -steps : 0.0, steps).to(type);
}

void append_harmonics(io::ByteWriter& out, const at::Tensor& sh) {
  const auto values = at::nan_to_num(sh, 0.0, 0.0, 0.0);
  const float range = values.numel() > 0 ? values.abs().max().item<float>() : 0.f;
  out.write(range);
  append_array(out, to_bytes(range > 0 ? values / range : values, 127, at::kChar));
}
}  // namespace

at::Tensor progressive_order(const GaussianField& field) {
  const int64_t count = field.size();
  auto curve = splat::morton_order(field.splats.means.data_ptr<float>(), count);
  const auto shown = visibility(field.splats);
  const float* seen = shown.data_ptr<float>();
  for (int64_t begin = 0; begin < count; begin += neighbourhood) {
    std::sort(curve.begin() + begin, curve.begin() + std::min(begin + neighbourhood, count),
              [seen](int64_t a, int64_t b) { return seen[a] != seen[b] ? seen[a] > seen[b] : a < b; });
  }
  const auto places = bit_reversed_order((count + neighbourhood - 1) / neighbourhood);
  auto order = at::empty({count}, at::kLong);
  auto* next = order.data_ptr<int64_t>();
  for (int64_t turn = 0; turn < neighbourhood; ++turn) {
    for (const int64_t place : places) {
      if (place * neighbourhood + turn < count) *next++ = curve[place * neighbourhood + turn];
    }
  }
  return order;
}

std::string encode_splat_block(const GaussianField& field, const at::Tensor& rows) {
  const auto& splats = field.splats;
  const auto sh = rows_of(splats.sh, rows);
  io::ByteWriter out;
  out.write(static_cast<uint32_t>(rows.size(0)));
  out.write(uint32_t{0});
  append_array(out, rows.to(at::kInt));
  append_array(out, rows_of(splats.means, rows));
  append_array(out, rows_of(splats.log_scales, rows).exp().clamp(smallest_scale, largest_half).to(at::kHalf));
  append_array(out, to_bytes(metrics::unit_vectors(rows_of(splats.quaternions, rows)), 127, at::kChar));
  const auto colour = (sh.select(1, 0) * sh_constant + 0.5).clamp(0, 1);
  const auto opacity = rows_of(splats.opacity_logits, rows).sigmoid().unsqueeze(1);
  append_array(out, to_bytes(at::cat({colour, opacity}, 1), 255, at::kByte));
  const int64_t coefficients = (field.sh_degree + 1) * (field.sh_degree + 1);
  if (coefficients > 1) append_harmonics(out, sh.slice(1, 1, coefficients));
  return out.take();
}

std::string splat_stream_header(const GaussianField& field) {
  constexpr uint32_t version = 1;
  io::ByteWriter out;
  out.write_text("RTSP");
  out.write(version);
  out.write(static_cast<uint32_t>(field.size()));
  out.write(static_cast<uint32_t>(field.sh_degree));
  return out.take();
}

std::optional<std::string> SplatStream::next() {
  if (!order_.defined()) {
    order_ = progressive_order(field_);
    return splat_stream_header(field_);
  }
  if (sent_ == field_.size()) return std::nullopt;
  const int64_t end = std::min(sent_ + splats_a_block, field_.size());
  auto block = encode_splat_block(field_, order_.slice(0, sent_, end));
  sent_ = end;
  return block;
}

}  // namespace retort::field
