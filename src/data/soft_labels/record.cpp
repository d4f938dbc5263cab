#include "data/soft_labels/record.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "core/errors.h"
#include "data/soft_labels/class_set.h"
#include "data/soft_labels/values.h"
#include "io/bytes.h"
#include "io/dtype.h"

namespace retort::data {
namespace {

constexpr size_t checksum_bytes = 4;
constexpr float largest_half = 65504;

uint32_t checksum_of(std::span<const uint8_t> bytes) { return uint32_t(crc32_z(0, bytes.data(), bytes.size())); }

bool stores_all(const SoftLabelHeader& header) { return header.top_k == header.classes; }

/// log sum exp over the logits of `classes`.
double log_sum(std::span<const float> logits, std::span<const int32_t> classes) {
  double largest = -INFINITY, sum = 0;
  for (const int32_t c : classes) largest = std::max(largest, double(logits[size_t(c)]));
  for (const int32_t c : classes) sum += std::exp(double(logits[size_t(c)]) - largest);
  return largest + std::log(sum);
}

/// All classes; the first `top_k` are those of the largest logits, rising, then the others.
std::vector<int32_t> largest_first(std::span<const float> logits, int64_t top_k) {
  std::vector<int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto end = order.begin() + top_k;
  if (end != order.end()) {
    std::nth_element(order.begin(), end, order.end(), [&](int32_t one, int32_t two) {
      const float a = logits[size_t(one)], b = logits[size_t(two)];
      return a != b ? a > b : one < two;
    });
  }
  std::sort(order.begin(), end);
  return order;
}

void require_finite(std::span<const float> values, const char* what, int64_t sample) {
  for (const float value : values)
    if (!std::isfinite(value)) fault("the teacher's {} of sample {} is {}", what, sample, value);
}

/// The stored values against what they stand for, as probabilities.
double largest_error(std::span<const float> wanted, std::span<const float> stored, double log_total) {
  double largest = 0;
  for (size_t i = 0; i < wanted.size(); ++i)
    largest =
        std::max(largest, std::abs(std::exp(double(wanted[i]) - log_total) - std::exp(double(stored[i]) - log_total)));
  return largest;
}

}  // namespace

size_t soft_label_record_bytes(const SoftLabelHeader& header) {
  return class_set_bytes(header.classes, header.top_k) + value_bytes(header.format, header.top_k) +
         (stores_all(header) ? 0 : sizeof(float)) + 2 * size_t(header.feature_width) + checksum_bytes;
}

void append_soft_label(const SoftLabelHeader& header, std::span<const float> logits, std::span<const float> feature,
                       int64_t sample, std::string& bytes, SoftLabelError& error) {
  RT_CHECK(int64_t(logits.size()) == header.classes && int64_t(feature.size()) == header.feature_width,
           "soft label: {} logits of {} classes, a feature of {} for {}", logits.size(), header.classes, feature.size(),
           header.feature_width);
  require_finite(logits, "logit", sample);
  require_finite(feature, "feature", sample);
  const auto order = largest_first(logits, header.top_k);
  const auto stored = std::span(order).first(size_t(header.top_k)), others = std::span(order).subspan(stored.size());
  const double log_total = log_sum(logits, order);
  const double offset = header.format == SoftLabelFormat::fp32 ? 0 : log_total;
  std::vector<float> values, kept(stored.size());
  for (const int32_t c : stored) values.push_back(float(double(logits[size_t(c)]) - offset));

  const size_t begin = bytes.size();
  append_class_set(stored, header.classes, bytes);
  const size_t values_begin = bytes.size();
  append_values(header.format, values, bytes);
  read_values(header.format, io::as_bytes(bytes).subspan(values_begin), kept);
  error.largest = std::max(error.largest, largest_error(values, kept, log_total - offset));
  ++error.records;
  if (!others.empty()) {
    const double log_rest = log_sum(logits, others);
    const double mass = std::exp(log_rest - log_total);
    error.left_out = std::max(error.left_out, mass);
    error.left_out_sum += mass;
    const auto rest = float(log_rest - offset);
    bytes.append(reinterpret_cast<const char*>(&rest), sizeof rest);
  }
  for (const float value : feature) {
    const uint16_t half = io::float_to_half(std::clamp(value, -largest_half, largest_half));
    bytes.append(reinterpret_cast<const char*>(&half), sizeof half);
  }
  const uint32_t checksum = checksum_of(io::as_bytes(bytes).subspan(begin));
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

bool soft_label_is_whole(std::span<const uint8_t> bytes) {
  if (bytes.size() < checksum_bytes) return false;
  uint32_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + bytes.size() - checksum_bytes, checksum_bytes);
  return checksum == checksum_of(bytes.first(bytes.size() - checksum_bytes));
}

void read_soft_label(const SoftLabelHeader& header, std::span<const uint8_t> bytes, const std::string& name,
                     std::span<float> logits, std::span<float> feature) {
  RT_CHECK(bytes.size() == soft_label_record_bytes(header) && int64_t(logits.size()) == header.classes,
           "{}: a record of {} bytes for {} logits", name, bytes.size(), logits.size());
  if (!soft_label_is_whole(bytes))
    user_error("{}: its checksum differs: the file is damaged; make it anew with `retort cache`", name);
  io::ByteReader reader(bytes, name);
  std::vector<int32_t> stored(size_t(header.top_k));
  if (!read_class_set(reader.take(class_set_bytes(header.classes, header.top_k)), header.classes, stored))
    user_error("{}: lists no {} of {} classes", name, header.top_k, header.classes);
  std::vector<float> values(stored.size());
  read_values(header.format, reader.take(value_bytes(header.format, header.top_k)), values);
  if (!stores_all(header)) {
    const float rest = reader.read<float>() - float(std::log(double(header.classes - header.top_k)));
    std::fill(logits.begin(), logits.end(), rest);
  }
  for (size_t i = 0; i < stored.size(); ++i) logits[size_t(stored[i])] = values[i];
  for (float& value : feature) value = io::half_to_float(reader.read<uint16_t>());
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(logits.begin(), logits.end(), finite) || !std::all_of(feature.begin(), feature.end(), finite))
    user_error("{}: holds values that are not finite", name);
}

}  // namespace retort::data
