#include "data/soft_labels/file.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "io/bytes.h"

namespace retort::data {
namespace {

constexpr std::string_view soft_label_magic = "RTSOFTL\n";
constexpr uint32_t soft_label_version = 1;
constexpr uint32_t max_header_bytes = 1 << 20;

uint32_t header_checksum(std::string_view text) {
  return uint32_t(crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

/// What a file begins with: kind, version, length and checksum of the header, the header.
std::string beginning_of(const SoftLabelHeader& header) {
  const auto text = soft_label_header_text(header);
  RT_CHECK(text.size() <= max_header_bytes, "soft labels: a header of {} bytes", text.size());
  io::ByteWriter bytes;
  bytes.write_text(soft_label_magic);
  bytes.write(soft_label_version);
  bytes.write(uint32_t(text.size()));
  bytes.write(header_checksum(text));
  bytes.write_text(text);
  return bytes.take();
}

SoftLabelHeader read_beginning(io::ByteReader& reader) {
  if (!reader.begins_with(soft_label_magic))
    user_error("{}: is no file of soft labels; `retort cache` writes them", reader.name());
  reader.skip(soft_label_magic.size());
  const auto version = reader.read<uint32_t>();
  if (version != soft_label_version)
    user_error("{}: is version {} of the format; this program reads version {}", reader.name(), version,
               soft_label_version);
  const auto length = reader.read<uint32_t>(), checksum = reader.read<uint32_t>();
  reader.require(length <= max_header_bytes, "the header's length is out of range", length);
  const auto text = reader.text(length);
  if (header_checksum(text) != checksum)
    user_error("{}: the header's checksum differs: the file is damaged; make it anew with `retort cache`",
               reader.name());
  return parse_soft_label_header(text, reader.name());
}

/// Undamaged records at the beginning of what a killed writer left; nothing when it was about something else.
int64_t records_of_partial(const std::filesystem::path& partial, std::string_view beginning, size_t record_bytes,
                           int64_t most) {
  const io::MappedFile file(partial);
  io::ByteReader reader(file.bytes(), partial.string());
  if (!reader.begins_with(beginning)) return -1;
  reader.skip(beginning.size());
  int64_t whole = 0;
  while (whole < most && reader.remaining() >= record_bytes && soft_label_is_whole(reader.take(record_bytes))) ++whole;
  return whole;
}

}  // namespace

SoftLabelFile::SoftLabelFile(const std::filesystem::path& path) : SoftLabelFile(io::map_file(path), path.string()) {}

SoftLabelFile::SoftLabelFile(io::SharedBytes file, std::string name) : name_(std::move(name)), file_(std::move(file)) {
  io::ByteReader reader(file_.bytes, name_);
  header_ = read_beginning(reader);
  begin_ = reader.position();
  record_bytes_ = soft_label_record_bytes(header_);
  const auto wanted = uint64_t(header_.records());
  if (reader.remaining() % record_bytes_ != 0 || reader.remaining() / record_bytes_ != wanted) {
    user_error(
        "{}: has {} bytes behind its header; {} records of {} (epochs {}, samples {}) are promised: the file is cut "
        "off or damaged",
        name_, reader.remaining(), wanted, record_bytes_, header_.epochs, header_.data.samples);
  }
}

void SoftLabelFile::read(int64_t epoch, int64_t sample, std::span<float> logits, std::span<float> feature) const {
  RT_CHECK(epoch >= 0 && epoch < header_.epochs && sample >= 0 && sample < header_.data.samples,
           "{}: no sample {} in epoch {}", name_, sample, epoch);
  const auto record = size_t(epoch * header_.data.samples + sample);
  read_soft_label(header_, file_.bytes.subspan(begin_ + record * record_bytes_, record_bytes_),
                  fmt::format("{}: sample {} of epoch {}", name_, sample, epoch), logits, feature);
}

SoftLabelWriter::SoftLabelWriter(const std::filesystem::path& path, const SoftLabelHeader& header)
    : header_(header), file_(path, io::Uncommitted::kept) {
  require_valid(header_);
  const auto beginning = beginning_of(header_);
  begin_ = beginning.size();
  record_bytes_ = soft_label_record_bytes(header_);
  const int64_t found = records_of_partial(file_.partial_path(), beginning, record_bytes_, header_.records());
  if (found >= 0) {
    records_ = found;
    file_.shorten(begin_ + uint64_t(found) * record_bytes_);
  } else {
    file_.restart();
    file_.write(beginning);
  }
}

void SoftLabelWriter::keep(int64_t records) {
  RT_CHECK(records >= 0 && records <= records_, "soft labels: keep {} of {} records", records, records_);
  file_.shorten(begin_ + uint64_t(records) * record_bytes_);
  records_ = records;
}

void SoftLabelWriter::add(std::span<const float> logits, std::span<const float> feature) {
  RT_CHECK(records_ < header_.records(), "soft labels: one record more than {}", header_.records());
  std::string bytes;
  append_soft_label(header_, logits, feature, records_ % header_.data.samples, bytes, error_);
  file_.write(bytes);
  ++records_;
}

void SoftLabelWriter::commit() {
  RT_CHECK(records_ == header_.records(), "soft labels: {} of {} records are written", records_, header_.records());
  file_.commit();
}

}  // namespace retort::data
